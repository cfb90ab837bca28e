find_package(nlohmann_json 3.11 REQUIRED)

juggler_test(compare_statistics_test quick juggler_compare)
juggler_test(compare_contest_test quick juggler_compare juggler_scene)

juggler_test(cli_compare_test quick juggler_cli nlohmann_json::nlohmann_json)
target_compile_definitions(cli_compare_test PRIVATE JUGGLER_PROGRAM="$<TARGET_FILE:juggler>")
add_dependencies(cli_compare_test juggler)

foreach(name cli_diff_test cli_bench_test cli_learn_test)
    # Lessons measure waits, which a sanitizer's slowness would spoil.
    set(label quick)
    if(name STREQUAL cli_learn_test)
        set(label full)
    endif()
    juggler_test(${name} ${label} juggler_cli nlohmann_json::nlohmann_json)
    target_compile_definitions(${name} PRIVATE JUGGLER_PROGRAM="$<TARGET_FILE:juggler>")
    add_dependencies(${name} juggler)
endforeach()
# Times of waits and of cores: alone on the machine, as far as ctest can see to that.
set_tests_properties(cli_learn_test PROPERTIES RUN_SERIAL TRUE)
juggler_test(learn_timing_test timing juggler_learn)
