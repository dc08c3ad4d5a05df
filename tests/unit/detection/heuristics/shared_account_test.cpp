// SPDX-License-Identifier: Apache-2.0
// One account or credential that acts from many networks at once.
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/detection/crowd.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

std::vector<CrowdPage> one_from_many(int networks, std::string account, std::string credential) {
  std::vector<CrowdPage> pages;
  for (int i = 0; i < 120; ++i)
    pages.push_back({.time = i * 20.0,
                     .address = std::to_string(20 + i % networks) + ".8.8.8",
                     .target = profile(static_cast<std::uint64_t>(i) * 7919 % 100'003),
                     .account = account,
                     .credential = credential});
  return pages;
}

TEST(SharedAccount, FiresOnOneAccountFromManyNetworksAtOnce) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play(one_from_many(12, "shared", ""));
  EXPECT_EQ(crowd.sources_told("shared_account"), 12U);
  const Crowd::Told* told = crowd.told("22.8.8.8", "shared_account");
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->signal->cause, Cause::disguise);
  EXPECT_THAT(told->signal->text,
              HasSubstr("acts with an account that came from 12 networks within an hour"));
}

TEST(SharedAccount, FiresOnOneCredentialFromManyNetworksAtOnce) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play(one_from_many(12, "", "session 7"));
  const Crowd::Told* told = crowd.told("22.8.8.8", "shared_account");
  ASSERT_NE(told, nullptr);
  EXPECT_THAT(told->signal->text, HasSubstr("acts with a credential"));
}

TEST(SharedAccount, IsSilentOnAPersonWithATelephoneAnOfficeAndAVpn) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play(one_from_many(4, "me", "my session"));
  EXPECT_EQ(crowd.sources_told("shared_account"), 0U);
}

TEST(SharedAccount, IsSilentOnAFamilyOnTheMoveThatReadsLittle) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::vector<CrowdPage> pages = one_from_many(12, "family", "");
  for (CrowdPage& page : pages)
    page.target = profile(page.target.back() % 30U);
  crowd.play(std::move(pages));
  EXPECT_EQ(crowd.sources_told("shared_account"), 0U);
}

}  // namespace
}  // namespace sluice::detection::test
