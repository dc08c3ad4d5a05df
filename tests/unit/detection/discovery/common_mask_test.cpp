// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/common_mask.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/detection/discovery/log.h"

namespace sluice::detection {
namespace {

// The mask of sixteen texts.
std::string mask_of(const std::function<std::string(int)>& text, bool of_hosts = false) {
  std::vector<std::string> texts;
  for (int i = 0; i < 16; ++i)
    texts.push_back(text(i));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto common = find_common_mask(views, 12, of_hosts);
  return common ? common->text : "";
}

TEST(CommonMaskTest, FindsWhatVaries) {
  EXPECT_EQ(mask_of([](int i) { return "profile-" + std::to_string(i) + ".html"; }),
            "profile-{subject:number}.html");
  EXPECT_EQ(mask_of([](int i) { return "@" + word(i); }), "@{subject}");
  EXPECT_EQ(mask_of([](int i) { return "~" + word(i) + std::to_string(i % 2); }), "~{subject}");
  EXPECT_EQ(mask_of([](int i) { return "User:" + word(i); }), "User:{subject}");
  EXPECT_EQ(mask_of([](int i) { return std::to_string(i) + "-" + word(i) + ".html"; }),
            "{subject:number}-*.html");
  EXPECT_EQ(mask_of([](int i) { return word(i) + "-" + word(i / 2) + "." + std::to_string(i); }),
            "*.{subject:number}");
  EXPECT_EQ(mask_of([](int i) { return "person_" + word(i); }), "person_{subject}");
  EXPECT_EQ(mask_of([](int i) { return word(i) + ".html"; }), "{subject}.html");
  EXPECT_EQ(mask_of([](int i) { return word(i) + "-" + word(15 - i); }), "{subject}");
  EXPECT_EQ(mask_of([](int i) { return word(i) + ".example.org"; }, true), "{subject}.example.org");
  EXPECT_EQ(mask_of([](int i) { return R"({"id":)" + std::to_string(i) + "}"; }), R"(*"id":{subject})");
}

TEST(CommonMaskTest, AFewOtherTextsDoNotHideTheMask) {
  EXPECT_EQ(mask_of([](int i) { return (i < 12 ? "@" : "") + word(i); }), "@{subject}");
}

TEST(CommonMaskTest, ANumberAtTheEndOfSomeTextsIsNotTheSubject) {
  EXPECT_EQ(mask_of([](int i) { return word(i) + "-beck" + (i < 13 ? "-" + std::to_string(i) : ""); }),
            "{subject}");
}

TEST(CommonMaskTest, FewTextsHaveNoMask) {
  const std::vector<std::string_view> texts = {"anna", "peter"};
  EXPECT_FALSE(find_common_mask(texts, 3, false));
  EXPECT_FALSE(find_common_mask({}, 0, false));
}

TEST(CommonMaskTest, WhatAPatternCannotSayIsNoPartOfAMask) {
  EXPECT_EQ(mask_of([](int i) { return "a*b-" + std::to_string(i); }), "*-{subject:number}");
  EXPECT_EQ(mask_of([](int i) { return "{" + word(i); }), "{subject}");
  EXPECT_EQ(mask_of([](int i) { return "\x01-" + word(i); }), "{subject}");
  EXPECT_EQ(mask_of([](int i) { return "\xff-" + word(i); }), "{subject}");
}

}  // namespace
}  // namespace sluice::detection
