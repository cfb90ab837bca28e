find_package(JPEG REQUIRED)
find_package(ZLIB REQUIRED)

juggler_test(base_files_test quick juggler_base)
juggler_test(image_decode_test quick juggler_decode JPEG::JPEG ZLIB::ZLIB)
