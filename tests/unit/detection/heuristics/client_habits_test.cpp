// SPDX-License-Identifier: Apache-2.0
// How a client loads pages, against how the browsers of the site do.
#include <string>

#include <gmock/gmock.h>

#include "tests/unit/detection/client.h"

namespace sluice::detection::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ClientHabits, FiresOnALibraryThatClaimsABrowser) {
  Detector detector = test::detector();
  accustom(detector);
  Client bot(detector, "192.0.2.7", kChrome);
  bot.fetch(11);
  EXPECT_FALSE(bot.signal("client_habits")) << "a dozen pages first";
  bot.fetch(1);
  const auto signal = bot.signal("client_habits");
  ASSERT_TRUE(signal);
  EXPECT_THAT(signal->text, AllOf(HasSubstr("Chrome 131"), HasSubstr("no assets and no icon"),
                                  HasSubstr("no referer"), HasSubstr("no language")));
  EXPECT_DOUBLE_EQ(signal->weight, 1.5 + 1.5 * 0.75);
  EXPECT_EQ(signal->cause, Cause::client);
}

TEST(ClientHabits, HttpOneAloneCountsWhereTheSiteSpeaksTwo) {
  Detector detector = test::detector();
  for (int i = 0; i < 10; ++i) {
    Client person(detector, "198.51.100." + std::to_string(i + 1), kChrome);
    person.request.protocol = "HTTP/2.0";
    person.browse(40);
  }
  Client bot(detector, "192.0.2.7", kChrome);
  bot.request.accept_language = "en";
  bot.fetch(12);
  const auto signal = bot.signal("client_habits");
  ASSERT_TRUE(signal);
  EXPECT_THAT(signal->text, HasSubstr("no referer, HTTP/1.1 alone"));
}

TEST(ClientHabits, IsSilentOnPeople) {
  Detector detector = test::detector();
  accustom(detector);
  Client person(detector, "192.0.2.7", kFirefox);
  person.browse(60);
  EXPECT_EQ(person.finding().score, 0);
}

TEST(ClientHabits, IsSilentOnAPhoneWithCopiesOfAllAssets) {
  Detector detector = test::detector();
  accustom(detector);
  Client phone(detector, "192.0.2.7", kChrome);
  phone.browse(40, 0);
  EXPECT_FALSE(phone.signal("client_habits"));
}

TEST(ClientHabits, IsSilentWhereAssetsAndLanguagesAreNotSeen) {
  Detector detector = test::detector();
  // A cache answers for the assets, and the log writes no languages.
  for (int i = 0; i < 10; ++i) {
    Client person(detector, "198.51.100." + std::to_string(i + 1), kChrome);
    person.request.fields = {LogField::referer, LogField::user_agent};
    person.browse(40, 0);
  }
  Client person(detector, "192.0.2.7", kChrome);
  person.request.fields = {LogField::referer, LogField::user_agent};
  person.fetch(40);  // and this one was told to send no referer
  EXPECT_FALSE(person.signal("client_habits"));
}

TEST(ClientHabits, OneScraperDoesNotBecomeTheSite) {
  Detector detector = test::detector();
  accustom(detector);
  Client bot(detector, "192.0.2.7", kChrome);
  bot.fetch(5000);
  EXPECT_TRUE(bot.signal("client_habits"));
}

}  // namespace
}  // namespace sluice::detection::test
