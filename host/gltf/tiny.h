// tinygltf as this room includes it: the parser alone. Pictures and files are opened by our own
// code, so none of its helpers for them are declared.
#pragma once

#define TINYGLTF_NO_STB_IMAGE
#define TINYGLTF_NO_STB_IMAGE_WRITE
#define TINYGLTF_NO_FS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <tiny_gltf.h>
#pragma GCC diagnostic pop
