juggler_test(cpu_identity_test quick juggler_render juggler_scene juggler_image)
juggler_test(cpu_wide_test quick juggler_render)
add_test(NAME isa_symbols
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/isa_symbols.sh $<TARGET_OBJECTS:juggler_cpu>
    COMMAND_EXPAND_LISTS)
set_tests_properties(isa_symbols PROPERTIES LABELS quick SKIP_RETURN_CODE 77)

# Preset "tsan": our OpenMP code has no race; a planted one is found; both are worth something only
# if Archer is there to tell the sanitizer what OpenMP orders.
if(JUGGLER_SANITIZE MATCHES thread)
    find_package(OpenMP REQUIRED COMPONENTS CXX)
    juggler_test(openmp_race_test tsan juggler_render juggler_scene)
    add_executable(planted_race planted_race.cpp)
    target_link_libraries(planted_race PRIVATE juggler_options OpenMP::OpenMP_CXX)
    add_test(NAME openmp_race_planted COMMAND planted_race)
    set_tests_properties(openmp_race_planted PROPERTIES LABELS tsan
        PASS_REGULAR_EXPRESSION "ThreadSanitizer: data race")
    add_test(NAME openmp_race_tool COMMAND planted_race)
    set_tests_properties(openmp_race_tool PROPERTIES LABELS tsan
        PASS_REGULAR_EXPRESSION "Archer detected OpenMP application")
    set_tests_properties(openmp_race_test openmp_race_planted openmp_race_tool PROPERTIES
        ENVIRONMENT "ARCHER_OPTIONS=verbose=1;OMP_NUM_THREADS=8;TSAN_OPTIONS=ignore_noninstrumented_modules=1 halt_on_error=1")
endif()
