# What is installed beside the program, and the Debian package of all of it: cpack -G DEB.

# The program prints its own manual page and completions.
set(printed ${PROJECT_BINARY_DIR}/printed)
foreach(what man bash zsh fish)
    add_custom_command(OUTPUT ${printed}/${what}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${printed}
        COMMAND juggler completion ${what} > ${printed}/${what}
        DEPENDS juggler VERBATIM)
    list(APPEND printed_files ${printed}/${what})
endforeach()
add_custom_target(juggler_printed ALL DEPENDS ${printed_files})

install(FILES ${printed}/man DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 RENAME juggler.1)
install(FILES ${printed}/bash RENAME juggler
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
# Where zsh looks: packages of a distribution have a folder of their own.
install(CODE "
    set(folder site-functions)
    if(CMAKE_INSTALL_PREFIX MATCHES /usr\$)
        set(folder vendor-completions)
    endif()
    file(INSTALL \"${printed}/zsh\" RENAME _juggler
        DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${folder}\")")
install(FILES ${printed}/fish RENAME juggler.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME juggler)
set(CPACK_PACKAGE_CONTACT "The Juggler developers <juggler@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "path tracer whose back ends all make the same picture")
set(CPACK_PACKAGE_DESCRIPTION "Renders JSON scenes and glTF 2.0 by path tracing: on one thread, on vector
lanes, on every core or on an NVIDIA GPU, the same picture to the last bit.
Compares and measures these, and teaches what concurrency and parallelism do.")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS ffmpeg)
include(CPack)
