// SPDX-License-Identifier: Apache-2.0
// Masks and patterns: which URLs they mean, and where the subject stands.
#include "daemon/detection/site/pattern.h"

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

using ::testing::HasSubstr;

std::string subject_in(std::string_view mask, std::string_view text) {
  const auto parsed = Mask::parse(mask);
  if (!parsed) return "refused: " + parsed.error().message();
  std::string_view subject = "-";
  return parsed->fits(text, subject) ? std::string(subject) : "no";
}

TEST(Mask, FindsTheSubjectInAPieceOfText) {
  EXPECT_EQ(subject_in("@{subject}", "@anna"), "anna");
  EXPECT_EQ(subject_in("@{subject}", "@"), "no");
  EXPECT_EQ(subject_in("@{subject}", "anna"), "no");
  EXPECT_EQ(subject_in("profile-{subject}.html", "profile-7.html"), "7");
  EXPECT_EQ(subject_in("profile-{subject}.html", "profile-.html"), "no");
  EXPECT_EQ(subject_in("aba{subject}aba", "ababa"), "no") << "beginning and end do not share text";
  EXPECT_EQ(subject_in("User:{subject}", "User:Anna Meier"), "Anna Meier");
  EXPECT_EQ(subject_in("about", "about"), "-");
  EXPECT_EQ(subject_in("*", "whatever"), "-");
  EXPECT_EQ(subject_in("Special:*", "Special:"), "-");
}

TEST(Mask, SharesTextBetweenTwoGaps) {
  EXPECT_EQ(subject_in("{subject}-*", "12-anna-schmidt"), "12") << "the least for the subject";
  EXPECT_EQ(subject_in("*-{subject}", "anna-schmidt-12"), "12");
  EXPECT_EQ(subject_in("*.{subject}", "anna.12"), "12");
  EXPECT_EQ(subject_in("{subject}-*", "-anna"), "no");
  EXPECT_EQ(subject_in("{subject:number}-*.html", "12-anna.html"), "12");
  EXPECT_EQ(subject_in("{subject:number}-*.html", "about-us.html"), "no");
}

TEST(Mask, CanSayOfWhatKindTheSubjectIs) {
  EXPECT_EQ(subject_in("{subject:number}", "42"), "42");
  EXPECT_EQ(subject_in("{subject:number}", "4a"), "no");
  EXPECT_EQ(subject_in("{subject:uuid}", "123e4567-e89b-12d3-a456-426614174000"),
            "123e4567-e89b-12d3-a456-426614174000");
  EXPECT_EQ(subject_in("{subject:uuid}", "123e4567e89b12d3a456426614174000"), "no");
  EXPECT_EQ(subject_in("{subject:hex}", "deadBEEF"), "deadBEEF");
  EXPECT_EQ(subject_in("{subject:hex}", "dead"), "no");
}

TEST(Mask, RefusesWhatItCannotTellApart) {
  EXPECT_THAT(subject_in("{subject}*", ""), HasSubstr("nothing tells where"));
  EXPECT_THAT(subject_in("*-*", ""), HasSubstr("one {subject} and one *"));
  EXPECT_THAT(subject_in("{subject}-{subject}", ""), HasSubstr("one {subject} and one *"));
  EXPECT_THAT(subject_in("{subject}-*-*", ""), HasSubstr("one {subject} and one *"));
  EXPECT_THAT(subject_in("{name}", ""), HasSubstr("'{name}' is no gap"));
  EXPECT_THAT(subject_in("{subject", ""), HasSubstr("is no gap"));
  EXPECT_THAT(subject_in("}", ""), HasSubstr("is no gap"));
}

std::string found(std::string_view pattern, std::string_view path, std::string_view query = {}) {
  const auto parsed = PathPattern::parse(pattern);
  if (!parsed) return "refused: " + parsed.error().message();
  std::string subject;
  return parsed->fits_path(path, subject) && parsed->fits_query(query, subject) ? subject : "no";
}

TEST(PathPattern, MeansPaths) {
  EXPECT_EQ(found("/people/{subject}", "/people/7"), "7");
  EXPECT_EQ(found("/people/{subject}", "/people"), "no");
  EXPECT_EQ(found("/people/{subject}", "/people/7/photos"), "no");
  EXPECT_EQ(found("/people/{subject}/", "/people/7"), "7");
  EXPECT_EQ(found("/*/people/{subject}", "/de/people/7"), "7");
  EXPECT_EQ(found("/org/{subject}/member/{subject}", "/org/7/member/9"), "7/9");
  EXPECT_EQ(found("/{subject}", "/anna"), "anna");
}

TEST(PathPattern, MeansAnyNumberOfSegments) {
  EXPECT_EQ(found("/people/{subject}/**", "/people/7"), "7");
  EXPECT_EQ(found("/people/{subject}/**", "/people/7/a/b"), "7");
  EXPECT_EQ(found("/**/u/{subject}", "/u/7"), "7");
  EXPECT_EQ(found("/**/u/{subject}", "/a/b/u/7"), "7");
  EXPECT_EQ(found("/**/u/{subject}", "/a/b/u"), "no");
  EXPECT_EQ(found("/a/**/u/{subject}", "/a/u/7"), "7");
  EXPECT_EQ(found("/a/**/a/{subject}", "/a/7"), "no") << "head and tail do not share a segment";
}

TEST(PathPattern, MeansKeysOfAQuery) {
  constexpr std::string_view kProfile = "/m.php?mode=view&u={subject}";
  EXPECT_EQ(found(kProfile, "/m.php", "mode=view&u=5"), "5");
  EXPECT_EQ(found(kProfile, "/m.php", "u=5&sid=abc&mode=view"), "5");
  EXPECT_EQ(found(kProfile, "/m.php", "mode=edit&u=5"), "no");
  EXPECT_EQ(found(kProfile, "/m.php", "mode=view&u="), "no");
  EXPECT_EQ(found(kProfile, "/m.php", "mode=view"), "no");
  EXPECT_EQ(found(kProfile, "/m.php", "mode=view&u=1&u=7"), "7") << "the last one counts";
  EXPECT_EQ(found(kProfile, "/m.php", "mode=v%69ew&%75=5"), "5");
  EXPECT_EQ(found("/index.php?title=User:{subject}", "/index.php", "title=User%3AJ%C3%B6rg+M"), "Jörg M");
  EXPECT_EQ(found("/?author={subject:number}", "/", "author=3"), "3");
  EXPECT_EQ(found("/member.php?{subject:number}-*", "/member.php", "42-Anna-Schmidt"), "42");
  EXPECT_EQ(found("/member.php?{subject:number}-*", "/member.php", "s=0123&42-Anna&tab=1&7-Ben"), "42")
      << "the first without =";
  EXPECT_EQ(found("/member.php?{subject:number}-*", "/member.php", ""), "no");
  EXPECT_EQ(found("/member.php?{subject:number}-*", "/member.php", "u=42"), "no");
  EXPECT_EQ(found("/member.php?{subject:number}-*", "/member.php", "42-Anna/x"), "no")
      << "segments, as in paths";
  constexpr std::string_view kMember = "/index.php?members/*.{subject:number}/**&mode=view";
  EXPECT_EQ(found(kMember, "/index.php", "members/anna.b.42/&mode=view"), "42");
  EXPECT_EQ(found(kMember, "/index.php", "mode=view&/members/anna.42/about"), "42");
  EXPECT_EQ(found(kMember, "/index.php", "members%2Fj%C3%B6rg.42&mode=view"), "42");
  EXPECT_EQ(found(kMember, "/index.php", "members/anna.42/"), "no") << "the key is missing";
  EXPECT_EQ(found(kMember, "/index.php", "threads/anna.42/&mode=view"), "no");
}

TEST(PathPattern, IsRefusedInWords) {
  EXPECT_THAT(found("people/{subject}", ""), HasSubstr("starts with '/'"));
  EXPECT_THAT(found("/p#x", ""), HasSubstr("no fragment"));
  EXPECT_THAT(found("/p//x", ""), HasSubstr("two '/'"));
  EXPECT_THAT(found("/**/a/**", ""), HasSubstr("more than once"));
  EXPECT_THAT(found("/p?", ""), HasSubstr("stands a key"));
  EXPECT_THAT(found("/p?id", ""), HasSubstr("no key with a value"));
  EXPECT_THAT(found("/p?*.a&*.b", ""), HasSubstr("more than one part of the query has no key"));
  EXPECT_THAT(found("/p?a*?b*", ""), HasSubstr("has a query of its own"));
  EXPECT_THAT(found("/p?**/**", ""), HasSubstr("** stands more than once"));
  EXPECT_THAT(found("/p/{who}", ""), HasSubstr("'/p/{who}': '{who}' is no gap"));
}

}  // namespace
}  // namespace sluice::detection
