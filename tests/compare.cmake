find_package(nlohmann_json 3.11 REQUIRED)

juggler_test(compare_statistics_test quick juggler_compare)
juggler_test(compare_contest_test quick juggler_compare juggler_scene)

juggler_test(cli_compare_test quick juggler_cli nlohmann_json::nlohmann_json)
target_compile_definitions(cli_compare_test PRIVATE JUGGLER_PROGRAM="$<TARGET_FILE:juggler>")
add_dependencies(cli_compare_test juggler)
