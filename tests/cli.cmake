find_package(nlohmann_json 3.11 REQUIRED)

# The real program, of which one allocation fails.
add_executable(juggler_starved starved_program.cpp)
target_link_libraries(juggler_starved PRIVATE juggler_cli juggler_options)
set_target_properties(juggler_starved PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
juggler_test(cli_memory_test quick juggler_base)
target_compile_definitions(cli_memory_test PRIVATE
    JUGGLER_PROGRAM="$<TARGET_FILE:juggler_starved>")
add_dependencies(cli_memory_test juggler_starved)
juggler_test_again(cli_memory_test full 5)
juggler_test(cli_frames_test quick juggler_cli)
juggler_test(cli_options_test quick juggler_cli)
juggler_test(cli_plan_test quick juggler_cli)
juggler_test(cli_report_test quick juggler_cli nlohmann_json::nlohmann_json)

# Runs the real binary as users do.
juggler_test(cli_program_test quick juggler_cli nlohmann_json::nlohmann_json)
target_compile_definitions(cli_program_test PRIVATE JUGGLER_PROGRAM="$<TARGET_FILE:juggler>")
add_dependencies(cli_program_test juggler)

juggler_test(cli_output_test quick juggler_cli)
target_compile_definitions(cli_output_test PRIVATE JUGGLER_PROGRAM="$<TARGET_FILE:juggler>")
add_dependencies(cli_output_test juggler)
juggler_test_again(cli_output_test full 10)

juggler_test(cli_finish_test quick juggler_cli nlohmann_json::nlohmann_json)
target_compile_definitions(cli_finish_test PRIVATE JUGGLER_PROGRAM="$<TARGET_FILE:juggler>")
add_dependencies(cli_finish_test juggler)

# The real program, of which calls of the system fail. Sanitizers want to be loaded first themselves.
if(NOT JUGGLER_SANITIZE)
    add_library(juggler_faults MODULE support/faults.cpp)
    target_link_libraries(juggler_faults PRIVATE juggler_options ${CMAKE_DL_LIBS})
    juggler_test(cli_faults_test full juggler_base)
    target_compile_definitions(cli_faults_test PRIVATE JUGGLER_PROGRAM="$<TARGET_FILE:juggler>"
        JUGGLER_FAULTS="$<TARGET_FILE:juggler_faults>")
    add_dependencies(cli_faults_test juggler juggler_faults)
endif()
