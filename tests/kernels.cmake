juggler_test(kernels_hits_test quick juggler_render)
juggler_test_again(kernels_hits_test full 4)
juggler_test(bvh_build_test quick juggler_bvh)
juggler_test(kernels_math_test quick juggler_kernels)
juggler_test(kernels_sampling_test quick juggler_kernels)
juggler_test(kernels_film_test quick juggler_kernels)
juggler_test(kernels_bsdf_test quick juggler_kernels)
juggler_test(kernels_light_test quick juggler_render)
juggler_test(kernels_path_test quick juggler_render)
juggler_test(kernels_lanes_test quick juggler_render)
# Packs of 16 on a baseline of 4 take the optimiser minutes and give the same bits without it.
set_source_files_properties(kernels_lanes_test.cpp PROPERTIES COMPILE_OPTIONS -O1)
# One unit compiled as the instruction-set units of cpu/ are.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_sources(kernels_lanes_test PRIVATE kernels_lanes_avx2.cpp)
    target_compile_definitions(kernels_lanes_test PRIVATE JUGGLER_TEST_AVX2)
    set_source_files_properties(kernels_lanes_avx2.cpp PROPERTIES
        COMPILE_OPTIONS -mavx2 COMPILE_DEFINITIONS JUGGLER_ISA=avx2)
endif()
