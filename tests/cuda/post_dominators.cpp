#include "tests/cuda/post_dominators.h"

#include <cstddef>
#include <utility>

namespace juggler::test {

std::vector<uint32_t> immediate_post_dominators(const std::vector<Successors>& successors) {
    const auto count = static_cast<uint32_t>(successors.size());
    const uint32_t end = count; // a block more, after all that end
    std::vector<std::vector<uint32_t>> after(count), before(count + 1);
    for (uint32_t block = 0; block < count; ++block) {
        for (const uint32_t next : successors[block])
            if (next != no_block) after[block].push_back(next);
        if (after[block].empty()) after[block].push_back(end);
        for (const uint32_t next : after[block])
            before[next].push_back(block);
    }
    // Numbers from the end backwards, in postorder, by a stack of (block, next way to try).
    std::vector<uint32_t> number(count + 1, no_block), order;
    std::vector<bool> seen(count + 1);
    std::vector<std::pair<uint32_t, size_t>> stack{{end, 0}};
    seen[end] = true;
    while (!stack.empty()) {
        auto& [block, way] = stack.back();
        if (way == before[block].size()) {
            number[block] = static_cast<uint32_t>(order.size());
            order.push_back(block);
            stack.pop_back();
            continue;
        }
        const uint32_t next = before[block][way++];
        if (seen[next]) continue;
        seen[next] = true;
        stack.emplace_back(next, 0);
    }
    std::vector<uint32_t> dominator(count + 1, no_block);
    dominator[end] = end;
    const auto meet = [&](uint32_t a, uint32_t b) {
        while (a != b)
            (number[a] < number[b] ? a : b) = dominator[number[a] < number[b] ? a : b];
        return a;
    };
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = order.size(); i-- > 0;) {
            const uint32_t block = order[i];
            if (block == end) continue;
            uint32_t found = no_block;
            for (const uint32_t next : after[block])
                if (dominator[next] != no_block)
                    found = found == no_block ? next : meet(found, next);
            changed |= dominator[block] != found;
            dominator[block] = found;
        }
    }
    dominator.pop_back();
    for (uint32_t& d : dominator)
        if (d == end) d = no_block;
    return dominator;
}

} // namespace juggler::test
