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

add_executable(juggler_embree_bench embree_main.cpp embree_machine.cpp embree_rays.cpp
    embree_runs.cpp embree_scene.cpp embree_subject.cpp embree_terrain.cpp embree_timing.cpp
    embree_avx2.cpp embree_avx512.cpp)
target_link_libraries(juggler_embree_bench PRIVATE juggler_options juggler_render juggler_scene
    embree CLI11::CLI11 nlohmann_json::nlohmann_json)
target_compile_definitions(juggler_embree_bench PRIVATE
    JUGGLER_SOURCE_DIR="${PROJECT_SOURCE_DIR}" JUGGLER_BUILD_TYPE="$<CONFIG>")
# As the product's units are compiled (cpu/CMakeLists.txt).
set_source_files_properties(embree_avx2.cpp PROPERTIES COMPILE_OPTIONS
    "-march=x86-64-v3;-fno-exceptions")
set_source_files_properties(embree_avx512.cpp PROPERTIES COMPILE_OPTIONS
    "-march=x86-64-v4;-fno-exceptions;$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized$<SEMICOLON>-Wno-uninitialized>")
