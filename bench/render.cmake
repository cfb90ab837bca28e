# The parts of a render one by one (scripts/bench.sh).
find_package(benchmark 1.7 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)

add_executable(juggler_bench render_bench.cpp glb_file.cpp embree_terrain.cpp)
target_link_libraries(juggler_bench PRIVATE juggler_options juggler_render juggler_scene
    benchmark::benchmark nlohmann_json::nlohmann_json)
target_compile_definitions(juggler_bench PRIVATE
    JUGGLER_SOURCE_DIR="${PROJECT_SOURCE_DIR}" JUGGLER_BINARY_DIR="${PROJECT_BINARY_DIR}"
    JUGGLER_COMPILER="${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}, ${CMAKE_BUILD_TYPE}")
