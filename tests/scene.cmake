# Scenes: JSON with places, the scene format, animation, defaults, the shipped scenes.
juggler_test(scene_affine_test quick juggler_description)
juggler_test(scene_diagnostics_test quick juggler_description)
juggler_test(scene_json_test quick juggler_json)
juggler_test(scene_load_test quick juggler_scene juggler_image)
juggler_test(scene_errors_test quick juggler_scene)
juggler_test(scene_shipped_test quick juggler_scene)
juggler_test(scene_compiler_test quick juggler_render juggler_scene)
