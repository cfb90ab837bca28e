// The parsed file: tinygltf's model, its buffers filled, its pictures still encoded.
#pragma once

#include "host/base/files.h"
#include "host/gltf/container.h"
#include "host/gltf/structure.h"
#include "host/gltf/tiny.h"

#include <string>
#include <string_view>

namespace juggler::gltf {

// `container` must have passed check_structure, which returned `structure`. Pictures with a data
// URI lie undecoded in Image::image; the others are not read yet.
tinygltf::Model parse_model(const Container& container, const Structure& structure,
                            const Folder& folder, uint64_t max_bytes);

// The extension object of that name, or null.
const tinygltf::Value* extension(const tinygltf::ExtensionMap& extensions, const std::string& name);

// Member of an extension object, or the default where it is missing.
double number(const tinygltf::Value& object, const std::string& member, double otherwise);

} // namespace juggler::gltf
