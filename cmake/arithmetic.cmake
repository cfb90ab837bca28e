# The exactness contract as one target (docs/exactness.md): every file that computes something
# links it. No contraction, no fast-math, no flush-to-zero, on any compiler.
add_library(juggler_arithmetic INTERFACE)
target_compile_features(juggler_arithmetic INTERFACE cxx_std_20)
target_compile_options(juggler_arithmetic INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off;-fno-math-errno>
    $<$<COMPILE_LANGUAGE:CUDA>:--fmad=false;--ftz=false;--prec-div=true;--prec-sqrt=true;-Xcompiler=-ffp-contract=off>)
target_include_directories(juggler_arithmetic INTERFACE ${PROJECT_SOURCE_DIR})

# Warnings, hardening and sanitizers: the same for all of our code.
add_library(juggler_options INTERFACE)
target_link_libraries(juggler_options INTERFACE juggler_arithmetic)
target_compile_options(juggler_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wno-psabi>
    # GCC 12 warns of overlaps that cannot be in "text" + std::string (its bug 105651).
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-restrict>
    $<$<AND:$<BOOL:${JUGGLER_WERROR}>,$<COMPILE_LANGUAGE:CXX>>:-Werror>)
target_compile_definitions(juggler_options INTERFACE $<$<CONFIG:Release>:_GLIBCXX_ASSERTIONS>)
if(JUGGLER_SANITIZE)
    target_compile_options(juggler_options INTERFACE
        -fsanitize=${JUGGLER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
        # Clang 14 cannot compile this check in coroutines (LLVM issue 49689).
        $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
    target_link_options(juggler_options INTERFACE -fsanitize=${JUGGLER_SANITIZE})
endif()
if(JUGGLER_OPTIMIZE)
    target_compile_options(juggler_options INTERFACE ${JUGGLER_OPTIMIZE})
endif()
