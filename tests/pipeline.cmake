find_package(nlohmann_json 3.11 REQUIRED)

juggler_test(pipeline_run_test quick juggler_pipeline)
juggler_test_again(pipeline_run_test full 25)
juggler_test(pipeline_timeline_test quick juggler_pipeline nlohmann_json::nlohmann_json)
juggler_test(pipeline_timing_test timing juggler_pipeline)
# Once more on one core: what concurrency gains without parallelism.
find_program(JUGGLER_TASKSET taskset)
if(JUGGLER_TASKSET)
    add_test(NAME pipeline_timing_test_one_core
        COMMAND ${JUGGLER_TASKSET} -c 0 $<TARGET_FILE:pipeline_timing_test>)
    set_tests_properties(pipeline_timing_test_one_core PROPERTIES LABELS timing TIMEOUT 600)
endif()

# Runs the real binary.
juggler_test(cli_pipeline_test quick juggler_base nlohmann_json::nlohmann_json)
target_compile_definitions(cli_pipeline_test PRIVATE JUGGLER_PROGRAM="$<TARGET_FILE:juggler>")
if(JUGGLER_SANITIZE)
    target_compile_definitions(cli_pipeline_test PRIVATE JUGGLER_SANITIZED)
endif()
add_dependencies(cli_pipeline_test juggler)
add_test(NAME cli_pipeline_memory
    COMMAND cli_pipeline_test --gtest_filter=Frames.TakeNoMoreMemoryTheMoreThereAre)
set_tests_properties(cli_pipeline_memory PROPERTIES LABELS full TIMEOUT 900
    ENVIRONMENT JUGGLER_TEST_SCALE=2)

juggler_test(cli_pipeline_timing_test timing juggler_base nlohmann_json::nlohmann_json)
target_compile_definitions(cli_pipeline_timing_test PRIVATE
    JUGGLER_PROGRAM="$<TARGET_FILE:juggler>")
add_dependencies(cli_pipeline_timing_test juggler)
