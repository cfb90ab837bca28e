# The cuda backend on a GPU (scripts/gpu.sh, docs/cuda.md).
find_package(nlohmann_json 3.11 REQUIRED)
add_executable(juggler_cuda_bench cuda_bench.cpp embree_terrain.cpp)
target_link_libraries(juggler_cuda_bench PRIVATE juggler_options juggler_render juggler_cuda
    juggler_scene nlohmann_json::nlohmann_json)
target_compile_definitions(juggler_cuda_bench PRIVATE JUGGLER_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
