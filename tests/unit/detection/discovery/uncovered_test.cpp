// SPDX-License-Identifier: Apache-2.0
// Which shapes of URL no route covers.
#include "daemon/detection/site/discovery/uncovered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/utf8.h"
#include "tests/unit/detection/discovery/log.h"

namespace sluice::detection {
namespace {

using ::testing::HasSubstr;

struct Uncovered : ::testing::Test {
  RouteDiscovery discovery{{}};

  // `count` requests for `before` with a number behind it, each from another visitor.
  void ask(int count, const std::string& before, bool covered = false) {
    for (int i = 0; i < count; ++i)
      note(discovery, {.target = before + std::to_string(100 + i),
                       .client = static_cast<unsigned>(i),
                       .second = i,
                       .covered = covered});
  }
  [[nodiscard]] std::vector<UncoveredShape> found() const { return uncovered_shapes(discovery.propose()); }
};

TEST_F(Uncovered, NamesWhatNoRouteCoversAndWhatLooksLikePeopleFirst) {
  ask(100, "/people/", true);
  ask(80, "/showthread.php?tid=");
  ask(40, "/member.php?uid=");
  const auto shapes = found();
  ASSERT_EQ(shapes.size(), 2U);
  EXPECT_EQ(shapes[0].text, "/member.php?uid={number}");
  EXPECT_TRUE(shapes[0].is_people);
  EXPECT_EQ(shapes[0].requests, 40U);
  EXPECT_EQ(shapes[0].values, 40);
  EXPECT_EQ(shapes[0].reason, "'uid' before it means people");
  EXPECT_EQ(shapes[1].text, "/showthread.php?tid={number}");
  EXPECT_FALSE(shapes[1].is_people);
  EXPECT_EQ(shapes[1].requests, 80U);
}

TEST_F(Uncovered, IsWhatMostRequestsHaveNoRouteFor) {
  ask(30, "/people/", true);
  ask(40, "/people/");
  const auto shapes = found();
  ASSERT_EQ(shapes.size(), 1U);
  EXPECT_EQ(shapes[0].requests, 40U) << "those of the route do not count";
  ask(20, "/people/", true);
  EXPECT_TRUE(found().empty());
}

TEST_F(Uncovered, IsNothingWhereFewValuesStand) {
  ask(10, "/people/");
  EXPECT_TRUE(found().empty());
}

TEST_F(Uncovered, AreFiveAtMost) {
  for (int i = 0; i < 8; ++i)
    ask(30 + i, "/thing-" + word(i) + "/view.php?id=");
  const auto shapes = found();
  ASSERT_EQ(shapes.size(), kMostUncovered);
  EXPECT_EQ(shapes.front().requests, 37U);
  EXPECT_EQ(shapes.back().requests, 33U);
}

TEST_F(Uncovered, AreBoundedAndReadableWhateverStrangersSend) {
  std::string folder;
  for (int i = 0; i < 8; ++i)
    folder += "/\xc3\xa4" + std::string(29, 'x') + "\x1b[2J\xff";
  ask(30, folder + "/users/");
  const auto shapes = found();
  ASSERT_EQ(shapes.size(), 1U);
  EXPECT_LE(shapes[0].text.size(), 130U);
  EXPECT_THAT(shapes[0].text, HasSubstr("..."));
  std::string_view rest = shapes[0].text;
  while (!rest.empty()) {
    ASSERT_GT(utf8_length(rest), 0U) << shapes[0].text;
    rest.remove_prefix(utf8_length(rest));
  }
}

TEST_F(Uncovered, AListIsOneToo) {
  for (int visitor = 0; visitor < 40; ++visitor) {
    const auto client = static_cast<unsigned>(visitor);
    const std::string list = "/people?page=" + std::to_string(visitor % 8);
    note(discovery, {.target = list, .client = client, .second = 60 * visitor});
    for (int i = 1; i <= 8; ++i)
      note(discovery, {.target = "/people/" + std::to_string(visitor * 8 + i),
                       .client = client,
                       .second = 60 * visitor + i,
                       .referer = "https://example.org" + list,
                       .covered = true});
  }
  const auto shapes = found();
  ASSERT_EQ(shapes.size(), 1U);
  EXPECT_THAT(shapes[0].text, HasSubstr("/people?page="));
  EXPECT_TRUE(shapes[0].is_people);
  EXPECT_EQ(shapes[0].values, 0) << "it names nobody";
  EXPECT_EQ(shapes[0].reason, "a list: pages of /people/{number} follow it");
}

}  // namespace
}  // namespace sluice::detection
