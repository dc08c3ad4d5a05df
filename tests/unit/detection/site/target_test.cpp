// SPDX-License-Identifier: Apache-2.0
// One page has one form, however its URL is spelled.
#include "daemon/detection/site/target.h"

#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

std::string path_of(std::string_view target, Server server = Server::other) {
  std::string buffer;
  const Target normal = normalise(target, {server, false}, buffer);
  return (normal.malformed ? "malformed " : "") + std::string(normal.path);
}

TEST(Target, SpellingsOfOnePageAreOnePath) {
  for (const char* spelling : {"/people/5",
                               "/%70eople/5",
                               "/people/%35",
                               "//people//5",
                               "///people/5",
                               "/people/./5",
                               "/./people/5",
                               "/x/../people/5",
                               "/a/b/../../people/5",
                               "/%2e/people/5",
                               "/x/%2E%2e/people/5",
                               "/x/.%2e/people/5",
                               "/people/5#top",
                               "/people/5?x=1#top",
                               "http://example.org/people/5",
                               "https://u:p@example.org:8443/people/5",
                               "/people/5;jsessionid=A",
                               "/people;v=1/5",
                               "/people/5;",
                               "/people%2F5",
                               "/people%2f5",
                               "/../people/5"}) {
    EXPECT_EQ(path_of(spelling), "/people/5") << spelling;
  }
  for (const char* spelling :
       {"/people/5/", "/people/5/.", "/people/5//", "/people/5/x/..", "/people/5/./"}) {
    EXPECT_EQ(path_of(spelling), "/people/5/") << spelling;
  }
}

TEST(Target, WhatMerelyLooksLikeItStaysAnotherPage) {
  EXPECT_EQ(path_of("/people/..5"), "/people/..5");
  EXPECT_EQ(path_of("/people/5."), "/people/5.");
  EXPECT_EQ(path_of("/people/.../5"), "/people/.../5");
  EXPECT_EQ(path_of("/.well-known/x"), "/.well-known/x");
  EXPECT_EQ(path_of("/%2570eople/5"), "/%70eople/5") << "servers decode once";
  EXPECT_EQ(path_of("/people/5%3Bx"), "/people/5;x") << "an escaped letter separates nothing";
  EXPECT_EQ(path_of("/people/5%3Fx=1"), "/people/5?x=1");
  EXPECT_EQ(path_of("/People/5"), "/People/5");
  EXPECT_EQ(path_of("/people\\5"), "/people\\5");
}

TEST(Target, ServersDifferInAFewSpellings) {
  EXPECT_EQ(path_of("/people%2F5", Server::nginx), "/people/5");
  EXPECT_EQ(path_of("/people%2F5", Server::apache), "/people%2F5") << "Apache finds nothing there";
  EXPECT_EQ(path_of("/../people/5", Server::nginx), "malformed /../people/5");
  EXPECT_EQ(path_of("/../people/5", Server::apache), "malformed /../people/5");
  EXPECT_EQ(path_of("/../people/5", Server::caddy), "/people/5");
  EXPECT_EQ(path_of("/People\\5", Server::iis), "/people/5");
}

TEST(Target, WhatNoServerReadsStaysAsSent) {
  for (const char* bad : {"/people/%", "/people/%5", "/people/%zz", "/people/%00", "/a//b/%2"}) {
    EXPECT_EQ(path_of(bad), std::string("malformed ") + bad);
  }
  EXPECT_EQ(path_of("*"), "*");
  EXPECT_EQ(path_of("example.org:443"), "example.org:443");
  EXPECT_EQ(path_of(""), "");
  EXPECT_EQ(path_of("people/5"), "people/5");
}

TEST(Target, HasAQueryAndAHost) {
  std::string buffer;
  const Target plain = normalise("/people/5?a=%41&b=/../#x", {}, buffer);
  EXPECT_EQ(plain.query, "a=%41&b=/../");
  EXPECT_TRUE(plain.host.empty());
  EXPECT_TRUE(buffer.empty()) << "a plain target is not copied";
  const Target url = normalise("HTTP://Anna.example.org:80?x=1", {}, buffer);
  EXPECT_EQ(url.path, "/");
  EXPECT_EQ(url.query, "x=1");
  EXPECT_EQ(url.host, "Anna.example.org");
  EXPECT_EQ(normalise("http://[2001:db8::1]:8080/x", {}, buffer).host, "2001:db8::1");
}

TEST(Target, CaseIsFoldedWhereTheServerFoldsIt) {
  std::string buffer;
  EXPECT_EQ(normalise("/People/ANNA", {Server::nginx, true}, buffer).path, "/people/anna");
  EXPECT_EQ(normalise("/%50eople", {Server::nginx, true}, buffer).path, "/people");
}

TEST(DecodeForm, ReadsWhatBrowsersWriteIntoQueries) {
  std::string buffer;
  EXPECT_EQ(decode_form("J%C3%B6rg+M", buffer), "Jörg M");
  EXPECT_EQ(decode_form("a%2Bb", buffer), "a+b");
  EXPECT_EQ(decode_form("100%", buffer), "100%") << "a bad escape stays";
  EXPECT_EQ(decode_form("%2", buffer), "%2");
}

TEST(BareHost, HasNoPort) {
  EXPECT_EQ(bare_host("example.org:8080"), "example.org");
  EXPECT_EQ(bare_host("example.org."), "example.org");
  EXPECT_EQ(bare_host("[::1]:80"), "::1");
  EXPECT_EQ(bare_host("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(bare_host("["), "[");
  EXPECT_EQ(bare_host(""), "");
}

}  // namespace
}  // namespace sluice::detection
