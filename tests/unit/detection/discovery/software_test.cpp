// SPDX-License-Identifier: Apache-2.0
// Which common software a site runs, by what it served.
#include "daemon/detection/site/discovery/software.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const KnownSoftware kForum{
    "forum", {"/viewtopic.php?t=*", "/viewforum.php?f=*"}, {"/**/memberlist.php?u={subject}"}, {"/styles/"}};
const KnownSoftware kBlog{"blog", {"/wp-content/**", "/wp-login.php"}, {"/author/{subject}"}, {}};

Prefix visitor(unsigned number) {
  return {Address::from_v4({192, 0, 2, static_cast<std::uint8_t>(number)}), 32};
}

void note_often(ServedSample& sample, const std::string& path, const std::string& query, unsigned count,
                unsigned visitors = 10) {
  for (unsigned i = 0; i < count; ++i)
    sample.note(path, query, visitor(i % visitors));
}

std::vector<FoundSoftware> found_in(const ServedSample& sample) {
  return find_software(sample, {kForum, kBlog});
}

TEST(SoftwareTest, IsClearBySeveralMarkersOfSeveralVisitors) {
  ServedSample sample(1);
  note_often(sample, "/viewtopic.php", "f=2&t=7", 40);
  note_often(sample, "/viewforum.php", "f=2", 40);
  note_often(sample, "/memberlist.php", "u=7", 20);
  note_often(sample, "/styles/x.css", "", 50);
  note_often(sample, "/other", "", 50);
  const auto found = found_in(sample);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].name, "forum");
  EXPECT_TRUE(found[0].is_clear);
  EXPECT_DOUBLE_EQ(found[0].share, 0.75) << "markers, a route and assets: 150 of 200";
  EXPECT_THAT(found[0].markers, ElementsAre("/viewtopic.php?t=*", "/viewforum.php?f=*"));
}

TEST(SoftwareTest, MayStandBelowFoldersAndBesideAnother) {
  ServedSample sample(1);
  note_often(sample, "/community/board/viewtopic.php", "t=7", 20);
  note_often(sample, "/community/board/viewforum.php", "f=7", 20);
  note_often(sample, "/blog/wp-content/a.css", "", 40);
  note_often(sample, "/blog/wp-login.php/", "", 40);
  const auto found = found_in(sample);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_TRUE(found[0].is_clear && found[1].is_clear);
  EXPECT_EQ(found[0].name, "blog") << "the greater share comes first";
}

TEST(SoftwareTest, LittleIsNotClear) {
  const auto is_clear = [](const auto& note) {
    ServedSample sample(1);
    note_often(sample, "/other", "", 200);
    note(sample);
    const auto found = found_in(sample);
    return found.size() == 1 && found[0].is_clear;
  };
  EXPECT_TRUE(is_clear([](ServedSample& sample) {
    note_often(sample, "/wp-login.php", "", 10);
    note_often(sample, "/wp-content/a", "", 10);
  }));
  EXPECT_FALSE(is_clear([](ServedSample& sample) { note_often(sample, "/wp-content/a", "", 40); }))
      << "one marker";
  EXPECT_FALSE(is_clear([](ServedSample& sample) {
    note_often(sample, "/wp-login.php", "", 10, 2);
    note_often(sample, "/wp-content/a", "", 10, 2);
  })) << "two visitors";
  EXPECT_FALSE(is_clear([](ServedSample& sample) {
    note_often(sample, "/wp-login.php", "", 2);
    note_often(sample, "/wp-content/a", "", 2);
  })) << "4 of 204 requests";
  ServedSample few(1);
  note_often(few, "/wp-login.php", "", 9);
  note_often(few, "/wp-content/a", "", 9);
  EXPECT_FALSE(found_in(few).at(0).is_clear) << "18 requests";
}

TEST(SoftwareTest, RoutesAndAssetsAloneSayNothing) {
  ServedSample sample(1);
  note_often(sample, "/author/anna", "", 100);
  note_often(sample, "/styles/x.css", "", 100);
  EXPECT_THAT(found_in(sample), IsEmpty());
}

TEST(SoftwareTest, ASampleIsBoundedAndFair) {
  ServedSample sample(7);
  note_often(sample, "/old", "", 10'000);
  note_often(sample, "/new", "", 10'000);
  sample.note("/" + std::string(300, 'a'), "", visitor(1));
  sample.note("no path", "", visitor(1));
  EXPECT_EQ(sample.seen(), 20'000U);
  EXPECT_THAT(sample.targets(), SizeIs(512));
  const auto old = std::ranges::count(sample.targets(), "/old", &ServedSample::Target::path);
  EXPECT_NEAR(static_cast<double>(old), 256, 60) << "whenever it came";
}

TEST(SoftwareTest, AnAnswerIsComputedAnewWhenMuchIsNew) {
  EXPECT_TRUE(is_still_good(0, 0));
  EXPECT_FALSE(is_still_good(0, 1));
  EXPECT_FALSE(is_still_good(999, 1000)) << "of few, each counts";
  EXPECT_TRUE(is_still_good(32'000, 32'999));
  EXPECT_FALSE(is_still_good(32'000, 33'000));
  EXPECT_FALSE(is_still_good(32'000, 5)) << "the count began anew";
}

}  // namespace
}  // namespace sluice::detection
