find_package(nlohmann_json 3.11 REQUIRED)

juggler_test(compare_statistics_test quick juggler_compare)
juggler_test(compare_contest_test quick juggler_compare juggler_scene)

juggler_test(cli_compare_test quick juggler_cli nlohmann_json::nlohmann_json)
target_compile_definitions(cli_compare_test PRIVATE JUGGLER_PROGRAM="$<TARGET_FILE:juggler>")
add_dependencies(cli_compare_test juggler)
# The program with one backend altered, for compare to find out.
add_executable(juggler_altered ${PROJECT_SOURCE_DIR}/host/cli/main.cpp altered_simd.cpp)
target_link_libraries(juggler_altered PRIVATE juggler_cli juggler_options)
target_link_options(juggler_altered PRIVATE
    -Wl,--wrap=_ZN7juggler9open_simdERKNS_13DeviceOptionsE)
set_target_properties(juggler_altered PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
target_compile_definitions(cli_compare_test PRIVATE
    JUGGLER_ALTERED="$<TARGET_FILE:juggler_altered>")
add_dependencies(cli_compare_test juggler_altered)

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
