# The .cu files as plain C++, their threads as fibers.
add_library(juggler_emulated_kernels STATIC
    cuda/fibers.cpp cuda/fiber_executor.cpp cuda/simulated_runtime.cpp cuda/emulated_render.cpp
    cuda/emulated_render_common.cpp support/golden_scenes.cpp)
target_link_libraries(juggler_emulated_kernels PUBLIC juggler_cuda juggler_render juggler_options)
set_source_files_properties(cuda/emulated_render.cpp PROPERTIES
    COMPILE_DEFINITIONS JUGGLER_ISA=emulated)
set_source_files_properties(cuda/emulated_render_common.cpp PROPERTIES
    COMPILE_DEFINITIONS JUGGLER_ISA=emulated_common)

juggler_test(cuda_backend_test quick juggler_emulated_kernels juggler_compile)

# The whole program on a simulated GPU. Its own built_in() keeps the toolkit's out.
add_executable(juggler_simulated cuda/simulated_program.cpp)
target_link_libraries(juggler_simulated PRIVATE juggler_emulated_kernels juggler_cli juggler_options)
set_target_properties(juggler_simulated PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
juggler_test(cuda_program_test quick juggler_base nlohmann_json::nlohmann_json)
target_compile_definitions(cuda_program_test PRIVATE
    JUGGLER_PROGRAM="$<TARGET_FILE:juggler_simulated>")
add_dependencies(cuda_program_test juggler_simulated)
# On a GPU (scripts/gpu.sh); elsewhere it skips itself.
juggler_test(cuda_device_test cuda juggler_emulated_kernels juggler_scene)
set_tests_properties(cuda_device_test PROPERTIES SKIP_REGULAR_EXPRESSION "no cuda here")

# The PTX of the kernels, made with their own flags; the tests of it skip themselves without nvcc.
add_library(juggler_ptx_machine STATIC
    cuda/post_dominators.cpp cuda/ptx_check.cpp cuda/ptx_machine.cpp cuda/ptx_operations.cpp)
target_link_libraries(juggler_ptx_machine PUBLIC juggler_options)
juggler_test(cuda_ptx_test quick juggler_emulated_kernels juggler_ptx_machine)
juggler_test_again(cuda_ptx_test full 3)
set(ptx "")
if(JUGGLER_HAVE_CUDA)
    add_library(juggler_cuda_ptx OBJECT
        ../kernels/render.cu ../kernels/render_common.cu ../kernels/frame.cu)
    target_link_libraries(juggler_cuda_ptx PRIVATE juggler_kernels)
    set_source_files_properties(../kernels/render.cu ../kernels/frame.cu PROPERTIES
        COMPILE_DEFINITIONS JUGGLER_ISA=device)
    set_source_files_properties(../kernels/render_common.cu PROPERTIES
        COMPILE_DEFINITIONS JUGGLER_ISA=device_common)
    set_target_properties(juggler_cuda_ptx PROPERTIES
        CUDA_PTX_COMPILATION ON CUDA_ARCHITECTURES 90-virtual)
    add_dependencies(cuda_ptx_test juggler_cuda_ptx)
    set(ptx "$<JOIN:$<TARGET_OBJECTS:juggler_cuda_ptx>,|>")
endif()
target_compile_definitions(cuda_ptx_test PRIVATE JUGGLER_PTX="${ptx}")
if(JUGGLER_HAVE_CUDA)
    add_executable(juggler_warp_report EXCLUDE_FROM_ALL cuda/warp_report.cpp)
    target_link_libraries(juggler_warp_report PRIVATE
        juggler_emulated_kernels juggler_ptx_machine juggler_scene)
    target_compile_definitions(juggler_warp_report PRIVATE
        JUGGLER_PTX="${ptx}" JUGGLER_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_dependencies(juggler_warp_report juggler_cuda_ptx)
endif()
