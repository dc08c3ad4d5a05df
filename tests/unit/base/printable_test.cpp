// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/printable.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Printable, StrangersDoNotWriteToTheTerminal) {
  EXPECT_EQ(printable("a\x1b[2J\r\n\tb\x7f"), "a\\x1b[2J\\x0d\\x0a\\x09b\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m \xc3\xa4"),
            "\\x9b31m \xc3\xa4");
}

TEST(Printable, NothingIsShownAsAnotherText) {
  EXPECT_EQ(printable("a\u202etxt.exe\u2066b\u2069"), "a\\u202etxt.exe\\u2066b\\u2069");
  EXPECT_EQ(printable("\u061c\u200b\u200f\u2028\ufeff"), "\\u061c\\u200b\\u200f\\u2028\\ufeff");
  EXPECT_EQ(printable("\xe2\x80"), "\xe2\x80");  // cut
  const std::string names = "J\u00f6rg \u0645\u062d\u0645\u062f \u4e2d\u6587 \u2014 \u20ac";
  EXPECT_EQ(printable(names), names);
}

}  // namespace
}  // namespace sluice
