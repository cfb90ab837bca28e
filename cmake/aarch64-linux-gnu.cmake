# For AArch64 under Linux, made on another machine (scripts/check-arm.sh uses it). JUGGLER_SYSROOT
# names a folder with the libraries of such a machine; programs run in an emulator.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(target aarch64-linux-gnu)
if(NOT CMAKE_CXX_COMPILER)
    set(CMAKE_CXX_COMPILER ${target}-g++)
endif()
set(CMAKE_CXX_COMPILER_TARGET ${target}) # clang asks for it; g++ is one target's

list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES JUGGLER_SYSROOT)
set(JUGGLER_SYSROOT "" CACHE PATH "Root folder of an AArch64 system with the libraries")
if(NOT JUGGLER_SYSROOT)
    message(FATAL_ERROR "-DJUGGLER_SYSROOT=FOLDER must name the root of an AArch64 system")
endif()
set(CMAKE_SYSROOT ${JUGGLER_SYSROOT})
foreach(what LIBRARY INCLUDE PACKAGE)
    set(CMAKE_FIND_ROOT_PATH_MODE_${what} ONLY)
endforeach()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${JUGGLER_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${JUGGLER_SYSROOT}/usr/lib/${target}/pkgconfig:${JUGGLER_SYSROOT}/usr/share/pkgconfig)

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64;-L;${JUGGLER_SYSROOT})
# What the tests look at machine code with.
set(JUGGLER_OBJDUMP ${target}-objdump)
set(JUGGLER_NM ${target}-nm)
