find_package(nlohmann_json 3.11 REQUIRED)

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
