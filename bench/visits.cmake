# What rays read on their way through the trees of the cuda backend (docs/cuda.md).
add_executable(juggler_visits_bench visits_bench.cpp embree_terrain.cpp)
target_link_libraries(juggler_visits_bench PRIVATE juggler_options juggler_render juggler_scene)
target_compile_definitions(juggler_visits_bench PRIVATE
    JUGGLER_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
