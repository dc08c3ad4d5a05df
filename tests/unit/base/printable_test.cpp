// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/printable.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Printable, StrangersDoNotWriteToTheTerminal) {
  EXPECT_EQ(printable("a\x1b[2J\r\n\tb\x7f"), "a\\x1b[2J\\x0d\\x0a\\x09b\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m \xc3\xa4"),
            "\\x9b31m \xc3\xa4");
}

}  // namespace
}  // namespace sluice
