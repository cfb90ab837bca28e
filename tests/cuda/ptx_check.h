// What the exactness contract forbids in PTX.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace juggler::test {

// The lines that break it: float sums, differences and products that may be contracted because they
// do not say how they round, fused ones, approximations, flushed denormals, elementary functions,
// doubles outside the entries whose name contains `doubles_in`, and functions that were not
// inlined.
std::vector<std::string> inexact_lines(std::string_view ptx, std::string_view doubles_in);

} // namespace juggler::test
