// Better binary trees: takes subtrees out and puts them back where they enlarge the boxes above
// them least (Bittner, Hapala and Havran 2013, "Fast Insertion-Based Optimization of Bounding
// Volume Hierarchies"), the best places being searched for in parallel (Meister and Bittner 2018,
// "Parallel Reinsertion for Bounding Volume Hierarchy Optimization").
#pragma once

#include "host/bvh/build.h"

namespace juggler {

// Lowers the tree's sum of areas; leaves keep their primitives, and `order` is arranged anew, so
// that the entries of every subtree stay together. The result depends on the tree alone, not on
// the number of threads (0 = what this process may use). A tree that would have a path of more than
// `max_path` nodes is left as it is.
void reinsert_subtrees(BuiltTree& tree, uint32_t max_path, unsigned threads = 0);

} // namespace juggler
