// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/words.h"

#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

TEST(WordsTest, KnowsPeopleInManyLanguages) {
  for (const std::string_view word :
       {"users",    "Users",     "mitarbeiter",  "utilisateurs", "usuario",     "pessoas",   "dipendenti",
        "leden",    "medlemmar", "brukere",      "käyttäjä",     "uzytkownicy", "uživatelé", "felhasználók",
        "persoane", "uyeler",    "пользователи", "користувачі",  "χρήστες",     "pengguna",  "会員",
        "用户",     "회원",      "أعضاء",        "タレント",     "球员",        "배우"})
    EXPECT_EQ(meaning_of(word), WordMeaning::people) << word;
}

TEST(WordsTest, ReadsCompounds) {
  for (const std::string_view word : {"memberlist.php", "viewprofile", "user_id", "userid", "show-user",
                                      "profile.php", "author_name", "get-employee-details"})
    EXPECT_EQ(meaning_of(word), WordMeaning::people) << word;
  EXPECT_EQ(meaning_of("user_posts"), WordMeaning::things);
  EXPECT_EQ(meaning_of("viewtopic.php"), WordMeaning::things);
}

TEST(WordsTest, PicturesOfPeopleShowPeople) {
  for (const std::string_view word : {"profilbild", "user-photos", "member_pics", "autorenfotos"})
    EXPECT_EQ(meaning_of(word), WordMeaning::people) << word;
  EXPECT_EQ(meaning_of("product-photos"), WordMeaning::things);
}

TEST(WordsTest, ALetterBesideAnEndingSaysNothing) {
  for (const std::string_view word : {"pid", "fid", "pno"})
    EXPECT_EQ(meaning_of(word), WordMeaning::none) << word;
}

TEST(WordsTest, KnowsThePartsOfSites) {
  for (const std::string_view word : {"login", "Explore", "api", "wp-login.php"})
    EXPECT_TRUE(is_part_of_site(word)) << word;
  for (const std::string_view word : {"anna", "log", ""})
    EXPECT_FALSE(is_part_of_site(word)) << word;
}

TEST(WordsTest, TellsThingsPagesAndSearches) {
  EXPECT_EQ(meaning_of("products"), WordMeaning::things);
  EXPECT_EQ(meaning_of("page"), WordMeaning::page);
  EXPECT_EQ(meaning_of("per_page"), WordMeaning::page_size);
  EXPECT_EQ(meaning_of("q"), WordMeaning::search);
  for (const std::string_view word : {"", "index.php", "id", "api", "v1", "authority", "browsers", "xyz"})
    EXPECT_EQ(meaning_of(word), WordMeaning::none) << word;
}

TEST(WordsTest, KnowsKeysThatNameNoPage) {
  for (const std::string_view key : {"sid", "PHPSESSID", "utm_source", "fbclid", "_"})
    EXPECT_TRUE(is_session_key(key)) << key;
  for (const std::string_view key : {"id", "u", "user", "v"})
    EXPECT_FALSE(is_session_key(key)) << key;
}

}  // namespace
}  // namespace sluice::detection
