// SPDX-License-Identifier: Apache-2.0
// Which format a log is taken for, and what is said of lines that none can read.
#include "daemon/intake/formats/recognise.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"

namespace sluice::intake {
namespace {

using testing::HasSubstr;

const std::string kCommon = R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET /p/1 HTTP/1.1" 200 5120)";
const std::string kCombinedText = kCommon + R"x( "https://e.org/" "Mozilla/5.0 (X11)")x";

std::string recognised(const std::string& text, const std::vector<LogOptions>& configured = {}) {
  const auto tried = candidates(configured);
  const LogOptions* found = recognise(text, tried);
  return found == nullptr ? "nothing" : std::string(to_string(found->format));
}
std::string explained(const std::string& text) {
  return explain_unreadable(text, candidates({}));
}

TEST(Recognise, GoesByWhatTheLinesGiveAndNotByHowManyFit) {
  std::string text = kCombinedText.substr(0, kCombinedText.size() - 5) + "\n";  // cut within the user agent
  EXPECT_EQ(recognised(text), "common");
  text += kCombinedText + "\n";
  EXPECT_EQ(recognised(text), "combined");
  for (int i = 0; i < 10; ++i)
    text += kCombinedText + "\n";
  text += kCommon + "\n" + kCommon + "\n";
  EXPECT_EQ(recognised(text), "combined");
  EXPECT_EQ(recognised(kCommon + "\n" + kCommon + "\n" + kCommon + "\n" + kCombinedText + "\n"), "common");
}

TEST(Recognise, AListOfHopsIsNoHost) {
  EXPECT_EQ(recognised("192.0.2.7, 198.51.100.4" + kCombinedText.substr(9) + "\n"), "combined");
  EXPECT_EQ(recognised("192.0.2.7, 198.51.100.4" + kCommon.substr(9) + "\n"), "common");
  EXPECT_EQ(recognised("www.e.org " + kCombinedText + "\n"), "vhost_combined");
  EXPECT_EQ(recognised("www.e.org " + kCommon + "\n"), "vhost_common");
}

TEST(Recognise, AConfiguredPatternCountsWhereItGivesAsMuch) {
  LogOptions pattern{.format = formats::kNginx};
  pattern.pattern =
      R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent")";
  EXPECT_EQ(recognised(kCombinedText + "\n", {pattern}), "nginx");
  // With the two last fields in the wrong order it gives no referers and no user agents.
  pattern.pattern =
      R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_user_agent" "$http_referer")";
  EXPECT_EQ(recognised(kCombinedText + "\n", {pattern}), "combined");
}

TEST(Recognise, NothingIsNothing) {
  EXPECT_EQ(recognised(""), "nothing");
  EXPECT_EQ(recognised("\n\n"), "nothing");
  EXPECT_EQ(recognised("one\ntwo\n"), "nothing");
  EXPECT_EQ(recognised("#Fields: date time c-ip\n"), "nothing");
}

TEST(Unreadable, LinesAreExplainedByTheNearestFormat) {
  EXPECT_THAT(
      explained("\n" + kCombinedText.substr(0, kCombinedText.find(" 200 ")) + " 2xx 1 \"-\" \"-\"\n"),
      HasSubstr(
          "line 2: the nearest format is combined, which fails at the status (bad_status): 192.0.2.7 - -"));
  EXPECT_THAT(explained("192.0.2.7 - - [31/Nov/2026:08:07:24 +0200] \"GET / HTTP/1.1\" 200 1\n"),
              HasSubstr("fails at the time (bad_time)"));
  EXPECT_THAT(explained(R"({"time":"yesterday","remote_addr":"192.0.2.7","uri":"/"})"),
              HasSubstr("json with the names of nginx, which fails at the time (bad_time)"));
  EXPECT_THAT(explained("nonsense\x1b\n"), testing::StrEq("line 1: no format is near: nonsense\\x1B"));
  EXPECT_EQ(explained(""), "");
  EXPECT_EQ(explained(kCombinedText + "\n"), "");
  EXPECT_THAT(explained(kCombinedText + "\n" + "nonsense\n"), HasSubstr("line 2: no format is near"));
}

TEST(Unreadable, PatternsNameTheVariable) {
  LogOptions pattern{.format = formats::kNginx};
  pattern.pattern = R"($remote_addr [$time_local] "$request" $status $request_time)";
  const std::vector<LogOptions> one = {pattern};
  EXPECT_THAT(explain_unreadable("192.0.2.7 [24/Nov/2026:08:07:24 +0200] \"GET / HTTP/1.1\" ok 0.1", one),
              HasSubstr("the nearest format is nginx, which fails at $status (bad_status)"));
  EXPECT_THAT(explain_unreadable("192.0.2.7 [24/Nov/2026:08:07:24] \"GET / HTTP/1.1\" 200 0.1", one),
              HasSubstr("fails at $time_local (bad_time)"));
}

}  // namespace
}  // namespace sluice::intake
