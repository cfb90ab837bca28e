# Our walks and whole path tracer against Embree's, on the same rays (docs/performance.md). Embree
# is needed for this alone.
find_package(embree 3 QUIET)
find_package(CLI11 QUIET)
find_package(nlohmann_json 3.11 QUIET)
if(NOT embree_FOUND OR NOT CLI11_FOUND OR NOT nlohmann_json_FOUND
   OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    message(STATUS "No bench against Embree: it needs x86-64, libembree-dev 3, CLI11 and nlohmann_json")
    return()
endif()

add_executable(juggler_embree_bench embree_main.cpp embree_avx2.cpp embree_avx512.cpp
    embree_columns.cpp embree_machine.cpp embree_pictures.cpp embree_rays.cpp embree_scene.cpp
    embree_subject.cpp embree_terrain.cpp embree_timing.cpp embree_walks.cpp)
target_link_libraries(juggler_embree_bench PRIVATE juggler_options juggler_render juggler_scene
    embree CLI11::CLI11 nlohmann_json::nlohmann_json)
target_compile_definitions(juggler_embree_bench PRIVATE
    JUGGLER_SOURCE_DIR="${PROJECT_SOURCE_DIR}" JUGGLER_BUILD_TYPE="$<CONFIG>")
# As the product's units are compiled (cpu/CMakeLists.txt).
set_source_files_properties(embree_avx2.cpp PROPERTIES COMPILE_OPTIONS
    "-march=x86-64-v3;-fno-exceptions")
set_source_files_properties(embree_avx512.cpp PROPERTIES COMPILE_OPTIONS
    "-march=x86-64-v4;-fno-exceptions;$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized$<SEMICOLON>-Wno-uninitialized>")

# Another checkout whose kernels/ and cpu/ are timed beside these, as "other". Trees, scenes and
# seams are this one's: only the walk and the wavefront may differ.
set(JUGGLER_BENCH_OTHER "" CACHE PATH "Checkout whose walk juggler_embree_bench times beside ours")
set(JUGGLER_BENCH_OTHER_ARCH x86-64-v3 CACHE STRING "Its -march: x86-64-v3 or x86-64-v4")
if(JUGGLER_BENCH_OTHER)
    add_library(juggler_embree_other OBJECT embree_other.cpp)
    target_include_directories(juggler_embree_other BEFORE PRIVATE ${JUGGLER_BENCH_OTHER})
    target_link_libraries(juggler_embree_other PRIVATE juggler_options)
    target_compile_options(juggler_embree_other PRIVATE
        -march=${JUGGLER_BENCH_OTHER_ARCH} -fno-exceptions -Wno-parentheses)
    target_link_libraries(juggler_embree_bench PRIVATE juggler_embree_other)
    target_compile_definitions(juggler_embree_bench PRIVATE JUGGLER_BENCH_OTHER)
endif()
