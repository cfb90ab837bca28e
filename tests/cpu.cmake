juggler_test(cpu_identity_test quick juggler_render juggler_scene)
juggler_test(cpu_wide_test quick juggler_render)
add_test(NAME isa_symbols
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/isa_symbols.sh $<TARGET_OBJECTS:juggler_cpu>
    COMMAND_EXPAND_LISTS)
set_tests_properties(isa_symbols PROPERTIES LABELS quick SKIP_RETURN_CODE 77)
