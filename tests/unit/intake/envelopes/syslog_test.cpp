// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/envelopes/syslog.h"

#include <gtest/gtest.h>

namespace sluice::intake {
namespace {

TEST(Syslog, HeadersAreTakenOff) {
  EXPECT_EQ(strip_syslog("<190>Nov 24 08:07:24 host nginx: 192.0.2.7 - x: y"), "192.0.2.7 - x: y");
  EXPECT_EQ(strip_syslog("<190>Nov  4 08:07:24 nginx: {\"a\":1}"), "{\"a\":1}");
  EXPECT_EQ(strip_syslog("<134>Nov 24 08:07:24 haproxy[123]: a b"), "a b");
  EXPECT_EQ(strip_syslog("<134>2026-11-24T08:07:24+02:00 host tag: a"), "a");
  EXPECT_EQ(strip_syslog("<165>1 2026-11-24T06:07:24.003Z host nginx 123 ID47 - a b"), "a b");
  EXPECT_EQ(strip_syslog("<165>1 - - - - - [x@1 a=\"] \\\" b\"][y] \xef\xbb\xbf"
                         "a b"),
            "a b");
  EXPECT_EQ(strip_syslog("<165>1 - - - - - -"), "");
  EXPECT_EQ(strip_syslog("<190>no time, no tag"), "no time, no tag");
}

TEST(Syslog, WhatIsNoHeaderStays) {
  for (const std::string_view text : {"", "<", "<>", "<1", "a <1>b", "<x>y", "<12345>x", "192.0.2.7 - -"})
    EXPECT_EQ(strip_syslog(text), text);
}

}  // namespace
}  // namespace sluice::intake
