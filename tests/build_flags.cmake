find_package(nlohmann_json 3.11 REQUIRED)
find_program(JUGGLER_OBJDUMP objdump)
find_program(JUGGLER_NM nm)
mark_as_advanced(JUGGLER_OBJDUMP JUGGLER_NM)

juggler_test(build_flags_test quick nlohmann_json::nlohmann_json)
# Everything whose results reach a picture; what only reports (juggler_cli) is free.
set(exact juggler_cpu juggler_cuda juggler_bvh juggler_compile juggler_render juggler_description juggler_json
    juggler_scene juggler_gltf juggler_image juggler_output juggler_decode juggler_base)
list(TRANSFORM exact REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE archives)
list(JOIN archives ":" archives)
target_compile_definitions(build_flags_test PRIVATE
    JUGGLER_EXACT_LIBRARIES="${archives}"
    JUGGLER_PROGRAM="$<TARGET_FILE:juggler>"
    JUGGLER_OBJDUMP="$<$<BOOL:${JUGGLER_OBJDUMP}>:${JUGGLER_OBJDUMP}>"
    JUGGLER_NM="$<$<BOOL:${JUGGLER_NM}>:${JUGGLER_NM}>")
add_dependencies(build_flags_test juggler ${exact})
