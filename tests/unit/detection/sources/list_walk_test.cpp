// SPDX-License-Identifier: Apache-2.0
// Which targets are pages of a list, and of which list.
#include "daemon/detection/sources/list_walk.h"

#include <string_view>

#include <gtest/gtest.h>

namespace sluice::detection::test {
namespace {

TEST(ListPages, AreReadOffTargets) {
  const auto number = [](std::string_view target) -> int {
    const auto page = list_page_of(target);
    return page ? static_cast<int>(page->number) : -1;
  };
  EXPECT_EQ(number("/people?page=7"), 7);
  EXPECT_EQ(number("/people?q=a&offset=120&sort=x"), 120);
  EXPECT_EQ(number("/people/page/3/"), 3);
  EXPECT_EQ(number("/people/page/3?x=1"), 3);
  for (const char* none :
       {"/", "/people", "/people?page", "/people?page=", "/people?page=x", "/people?from=2024-01-01",
        "/people?page=12345678901", "/page/7th", "/people?homepage=3", "?", "&page=3"})
    EXPECT_EQ(number(none), -1) << none;
  EXPECT_EQ(list_page_of("/a?page=1&q=b")->list, list_page_of("/a?page=2&q=b")->list);
  EXPECT_NE(list_page_of("/a?page=1&q=b")->list, list_page_of("/a?page=1&q=c")->list);
}

}  // namespace
}  // namespace sluice::detection::test
