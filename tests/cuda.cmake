# The .cu files as plain C++, their threads as fibers.
add_library(juggler_emulated_kernels STATIC
    cuda/fibers.cpp cuda/fiber_executor.cpp cuda/simulated_runtime.cpp cuda/emulated_render.cpp
    support/golden_scenes.cpp)
target_link_libraries(juggler_emulated_kernels PUBLIC juggler_cuda juggler_render juggler_options)
set_source_files_properties(cuda/emulated_render.cpp PROPERTIES
    COMPILE_DEFINITIONS JUGGLER_ISA=emulated)

juggler_test(cuda_backend_test quick juggler_emulated_kernels)
