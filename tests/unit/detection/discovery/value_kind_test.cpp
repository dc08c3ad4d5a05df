// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/value_kind.h"

#include <vector>

#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

ValueKind kind_of(const std::vector<std::string_view>& texts) {
  return sluice::detection::kind_of(std::span(texts));
}

TEST(ValueKindTest, TellsTheFormOfOnePiece) {
  EXPECT_EQ(form_of("7"), ValueForm::number);
  EXPECT_EQ(form_of("00000000000000000000000000007"), ValueForm::number);
  EXPECT_EQ(form_of("1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"), ValueForm::uuid);
  EXPECT_EQ(form_of("1B9D6BCD-BBFD-4B2D-9B5D-AB8DFBBD4BED"), ValueForm::uuid);
  EXPECT_EQ(form_of("1b9d6bcd-bbfd-4b2d-9b5dab8-dfbbd4bed"), ValueForm::text);
  EXPECT_EQ(form_of("507f1f77bcf86cd799439011"), ValueForm::hex);
  for (const std::string_view text :
       {"", "anna", "facade", "deadbeef", "a1", "7-anna", "-7", "7.5", "12ab34"})
    EXPECT_EQ(form_of(text), ValueForm::text) << text;
}

TEST(ValueKindTest, TellsTheKindOfASample) {
  EXPECT_EQ(kind_of({"1", "2", "300"}), ValueKind::number);
  EXPECT_EQ(kind_of({"507f1f77bcf86cd799439011", "507f191e810c19729de860ea"}), ValueKind::hex);
  EXPECT_EQ(kind_of({"anna-schmidt", "j.doe", "Jörg_Müller", "maria"}), ValueKind::name);
  EXPECT_EQ(kind_of({"how-to-swim-fast", "ten-rules-for-a-better-garden", "rain", "a-day-at-the-sea"}),
            ValueKind::slug);
  EXPECT_EQ(kind_of({"dQw4w9WgXcQ", "9bZkp7q19f0", "kJQP7kiw5Fk"}), ValueKind::token);
  EXPECT_EQ(kind_of({"---", "::"}), ValueKind::text);
}

TEST(ValueKindTest, ATitleAmongNamesIsStillAName) {
  EXPECT_EQ(kind_of({"anna-schmidt", "peter-beck", "juan-carlos-de-la-cruz", "eva-holm", "tom-riis",
                     "lea-maier", "kai-berg", "ida-lund"}),
            ValueKind::name);
}

TEST(ValueKindTest, KnowsTheShapeOfNames) {
  for (const std::string_view text :
       {"anna-schmidt", "j.doe", "Jörg_Müller", "anna-maria-beck", "Ada+Lovelace"})
    EXPECT_TRUE(has_shape_of_name(text)) << text;
  for (const std::string_view text : {"", "anna", "anna--schmidt", "-anna-b", "anna-", "how-to-swim-fast",
                                      "anna-schmidt-7", "a.b", "anna-b_c", "anna/schmidt"})
    EXPECT_FALSE(has_shape_of_name(text)) << text;
}

TEST(ValueKindTest, CutsWordsOfAnyScript) {
  std::string_view rest = "--Jörg_Müller.7";
  EXPECT_EQ(next_word(rest), "Jörg");
  EXPECT_EQ(next_word(rest), "Müller");
  EXPECT_EQ(next_word(rest), "7");
  EXPECT_EQ(next_word(rest), "");
}

}  // namespace
}  // namespace sluice::detection
