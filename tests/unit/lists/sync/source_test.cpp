// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/sync/source.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::lists {
namespace {

TEST(ShownSource, HasTheHostAndTheNameOfTheFileAndNoKey) {
  for (const auto& [source, shown] : {
           std::pair("/var/lib/lists/drop.txt", "/var/lib/lists/drop.txt"),
           std::pair("https://example.org/drop.txt", "https://example.org/drop.txt"),
           std::pair("https://example.org", "https://example.org"),
           std::pair("https://example.org/", "https://example.org"),
           std::pair("https://example.org/lists/s3cr3t/drop.txt", "https://example.org/.../drop.txt"),
           std::pair("https://example.org/feeds/s3cr3t", "https://example.org/.../..."),
           std::pair("https://example.org/s3cr3t", "https://example.org/..."),
           std::pair("https://example.org/drop.txt?key=s3cr3t", "https://example.org/drop.txt?..."),
           std::pair("https://example.org?key=s3cr3t", "https://example.org?..."),
           std::pair("https://[2001:db8::1]:8443/a/b/list.json", "https://[2001:db8::1]:8443/.../list.json"),
           std::pair("https://example.org/a/.s3cr3t", "https://example.org/.../..."),
           std::pair("https://example.org/0123456789abcdef0123456789abcdef0123456789.txt",
                     "https://example.org/..."),
       }) {
    EXPECT_EQ(shown_source(source), shown) << source;
  }
}

}  // namespace
}  // namespace sluice::lists
