find_package(JPEG REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(ZLIB REQUIRED)

juggler_test(base_files_test quick juggler_base)
juggler_test(image_decode_test quick juggler_decode JPEG::JPEG ZLIB::ZLIB)
juggler_test(gltf_file_test quick juggler_gltf nlohmann_json::nlohmann_json)
juggler_test(gltf_model_test quick juggler_gltf nlohmann_json::nlohmann_json)
juggler_test(gltf_assets_test quick juggler_gltf)
