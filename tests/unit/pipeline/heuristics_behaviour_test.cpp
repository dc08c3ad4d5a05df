// SPDX-License-Identifier: Apache-2.0
// The heuristics of how a client goes about it: each with a trace that must fire and a human trace that must
// not.
#include <string>

#include <gmock/gmock.h>

#include "daemon/pipeline/policy.h"
#include "daemon/pipeline/probes.h"
#include "tests/unit/pipeline/trace.h"

namespace sluice::pipeline::test {
namespace {

using ::testing::HasSubstr;

TEST(Probing, FiresOnAScannerOfPaths) {
  Detector detector = test::detector();
  Visitor scanner(detector);
  for (int i = 0; i < 48; ++i) {
    scanner.get("/old-" + std::to_string(i) + ".php", 404);
    scanner.wait(20);
  }
  const Signal* signal = scanner.signal("probing");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(signal->cause, Cause::probing);
  EXPECT_THAT(signal->text,
              HasSubstr("asked for 48 different pages that do not exist or are not shown (100 %"));
  EXPECT_THAT(signal->text, HasSubstr("last /old-47.php"));
  EXPECT_DOUBLE_EQ(signal->weight, 5.0);
}

TEST(Probing, FiresOnProbePathsAmongPagesThatExist) {
  Detector detector = test::detector();
  Visitor scanner(detector);
  for (int i = 0; i < 200; ++i)
    scanner.get("/news/" + std::to_string(i));
  for (const char* path : {"/.env", "/.git/config", "/blog/wp-login.php"})
    scanner.get(path, 404);
  const Signal* signal = scanner.signal("probing");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(
      signal->text,
      HasSubstr(
          "asked 3 times for what only tools that look for weaknesses ask for, last /blog/wp-login.php"));
}

TEST(Probing, IsSilentOnAPhoneWhoseTouchIconsAreMissing) {
  Detector detector = test::detector();
  Visitor phone(detector);
  for (int i = 0; i < 20; ++i) {
    phone.get("/news/" + std::to_string(i),
              i % 5 == 0 ? 404 : 200);  // four dead links, the most of any person
    for (const char* size : {"", "-precomposed", "-120x120", "-120x120-precomposed", "-152x152"})
      phone.get("/apple-touch-icon" + std::string(size) + ".png", 404);
    phone.get("/favicon.ico", 404);
    phone.wait(30);
  }
  EXPECT_EQ(phone.signal("probing"), nullptr);
}

TEST(Probing, IsSilentOnAnOfficeThatMeetsDeadLinks) {
  Detector detector = test::detector();
  Visitor office(detector);
  for (int i = 0; i < 600; ++i) {
    office.browse("/news/" + std::to_string(i));
    if (i % 20 == 19) office.get("/gone/" + std::to_string(i), 404);
    office.wait(10);
  }
  EXPECT_EQ(office.signal("probing"), nullptr);
}

TEST(Probing, IsSilentOnTheAuthorsOfASiteThatRunsWordPress) {
  Detector detector = test::detector();
  Visitor author(detector);
  for (int i = 0; i < 30; ++i) {
    author.get("/wp-login.php");
    author.get("/wp-admin/", 302);
    author.get("/wp-includes/js/jquery.js");
    author.wait(600);
  }
  EXPECT_EQ(author.signal("probing"), nullptr);
}

TEST(Probing, GoesWithTheDay) {
  Detector detector = test::detector();
  Visitor visitor(detector);
  for (int day = 0; day < 30; ++day) {
    visitor.get("/gone/" + std::to_string(day), 404);
    visitor.get("/gone/too/" + std::to_string(day), 404);
    visitor.wait(86'400);
    ASSERT_EQ(visitor.signal("probing"), nullptr) << "day " << day;
  }
}

TEST(Probes, AreWhatNobodyReads) {
  for (const char* path :
       {"/.env", "/.env.production", "/.git/HEAD", "/app/.env", "/shop/xmlrpc.php", "/cgi-bin/luci"})
    EXPECT_TRUE(is_probe(path, 404)) << path;
  for (const char* path :
       {"/", "/.well-known/security.txt", "/apple-touch-icon.png", "/environment", "/people/.env-anna",
        "/autodiscover/autodiscover.xml", "/index.php", "/admin", "/git/"})
    EXPECT_FALSE(is_probe(path, 404)) << path;
  EXPECT_FALSE(is_probe("/wp-login.php", 200));
  EXPECT_FALSE(is_probe("/wp-admin/", 302));
}

}  // namespace
}  // namespace sluice::pipeline::test
