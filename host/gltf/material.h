// Materials and the pictures they use.
#pragma once

#include "host/base/files.h"
#include "host/gltf/problem.h"
#include "host/gltf/tiny.h"
#include "host/scene/description.h"

#include <string>
#include <vector>

namespace juggler::gltf {

// A set of texture coordinates that a material needs, and the value that says so.
struct TexcoordNeed {
    uint32_t set;
    std::string pointer;
};

// What meshes have to know of one of the file's materials.
struct MaterialUse {
    int material = 0; // into SceneDescription::materials
    std::vector<TexcoordNeed> texcoords;
    int normal_texcoord = -1; // the set the normal map reads, -1 = it has none
};

// Appends the file's materials, and the one for meshes that name none if there are such; one use
// each, that of the nameless one last.
// Decodes each picture that is used, once.
std::vector<MaterialUse> append_materials(SceneDescription& into, const tinygltf::Model& model,
                                          const Folder& folder, MemoryBudget& budget,
                                          std::vector<std::string>& notes);

} // namespace juggler::gltf
