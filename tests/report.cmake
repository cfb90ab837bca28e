juggler_test(report_page_test quick juggler_report)

# Reports in a browser; skipped where there is none.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
    add_test(NAME report_browser_test
        COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/report_browser_test.py
            $<TARGET_FILE:juggler> ${PROJECT_SOURCE_DIR}/scenes)
    set_tests_properties(report_browser_test PROPERTIES LABELS full TIMEOUT 300
        SKIP_RETURN_CODE 77)
    add_test(NAME show_live_test
        COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/show_live_test.py
            $<TARGET_FILE:juggler> ${PROJECT_SOURCE_DIR}/scenes)
    set_tests_properties(show_live_test PROPERTIES LABELS quick TIMEOUT 120)
    add_test(NAME completion_test
        COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/completion_test.py
            $<TARGET_FILE:juggler>)
    add_test(NAME docs_test
        COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/docs_test.py
            $<TARGET_FILE:juggler> ${PROJECT_SOURCE_DIR})
    set_tests_properties(docs_test PROPERTIES LABELS quick TIMEOUT 60)
    set_tests_properties(completion_test PROPERTIES LABELS full TIMEOUT 300)
endif()

# The package that cpack makes of this build.
if(JUGGLER_SANITIZE)
    return()
endif()
add_test(NAME package_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/package_test.sh ${PROJECT_BINARY_DIR})
set_tests_properties(package_test PROPERTIES LABELS full TIMEOUT 300 SKIP_RETURN_CODE 77)
