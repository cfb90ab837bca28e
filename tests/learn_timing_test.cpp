// All lessons on a machine that does nothing else. Label timing.
#include "host/learn/lesson.h"

#include <gtest/gtest.h>

namespace juggler {
namespace {

TEST(Lessons, ClaimsHoldOnAQuietMachine) {
    for (const Lesson& lesson : lessons())
        for (const Claim& claim : lesson.run().claims)
            EXPECT_TRUE(claim.holds()) << lesson.name << ": " << claim.says << " (" << claim.left
                                       << " " << claim.relation << " " << claim.right << ")";
}

} // namespace
} // namespace juggler
