juggler_test(golden_test quick juggler_scene juggler_render)
target_sources(golden_test PRIVATE support/golden_scenes.cpp)
