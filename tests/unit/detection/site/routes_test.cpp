// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

RouteTable table(const RouteTableOptions& options) {
  auto made = RouteTable::create(options);
  EXPECT_TRUE(made);
  return *std::move(made);
}

TEST(RouteTable, FindsTheSubject) {
  RouteTableOptions options;
  options.routes = {{"photos", "/*/people/{subject}/photos", Sensitivity::high},
                    {"people", "/people/{subject}", Sensitivity::normal}};
  const RouteTable routes = table(options);
  EXPECT_EQ(routes.match("/people/42").subject, "42");
  EXPECT_EQ(routes.match("/people/42").route, 1);
  EXPECT_EQ(routes.match("/people/42/").subject, "42");
  EXPECT_EQ(routes.match("/people/anna.png?size=2#x").subject, "anna.png");
  EXPECT_FALSE(routes.match("/people/anna.png").asset) << "an operator's route is a page";
  EXPECT_EQ(routes.match("/de/people/7/photos").route, 0);
  EXPECT_EQ(routes.match("http://example.org/people/9").subject, "9");
  for (const char* other :
       {"/people", "/people/", "/people//", "/people/1/2", "/peoples/1", "people/1", "", "*", "/"}) {
    EXPECT_EQ(routes.match(other).route, RouteMatch::kNone) << other;
    EXPECT_TRUE(routes.match(other).subject.empty()) << other;
  }
}

TEST(RouteTable, TellsAssetsFromPages) {
  const RouteTable routes = table({});
  for (const char* asset :
       {"/a/style.css", "/favicon.ico", "/x/PHOTO.JPG", "/static/page", "/assets/", "/f.woff2?v=3"}) {
    EXPECT_TRUE(routes.match(asset).asset) << asset;
  }
  for (const char* page :
       {"/", "/about", "/about.html", "/a.css/b", "/x.php", "/.css.", "/download.reallylongextension"}) {
    EXPECT_FALSE(routes.match(page).asset) << page;
  }
}

TEST(RouteTable, KnowsDecoysBeforeRoutes) {
  RouteTableOptions options;
  options.decoys = {"/people/all", "/export"};
  const RouteTable routes = table(options);
  EXPECT_TRUE(routes.match("/people/all?x").decoy);
  EXPECT_EQ(routes.match("/people/all").route, RouteMatch::kNone);
  EXPECT_FALSE(routes.match("/people/al").decoy);
}

TEST(RouteTable, RefusesPatternsInWords) {
  using ::testing::HasSubstr;
  const auto refusal = [](const char* pattern) { return check_pattern(pattern).error().message(); };
  EXPECT_THAT(refusal("people/{subject}"), HasSubstr("starts with '/'"));
  EXPECT_THAT(refusal("/p?id={subject}"), HasSubstr("without query"));
  EXPECT_THAT(refusal("/p/x{subject}"), HasSubstr("'x{subject}' is neither"));
  EXPECT_THAT(refusal("/{subject}/{subject}"), HasSubstr("more than once"));
  EXPECT_TRUE(check_pattern("/u/{subject}/*"));
}

}  // namespace
}  // namespace sluice::detection
