// SPDX-License-Identifier: Apache-2.0
// What a request asks for, and whom its answer shows.
#include "daemon/detection/site/routes.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/detection/site/shown.h"

namespace sluice::detection {
namespace {

using ::testing::HasSubstr;
using EveryPage = RouteTableOptions::EveryPage;

RouteTableOptions with(std::vector<RouteOptions> routes) {
  RouteTableOptions options;
  options.routes = std::move(routes);
  return options;
}

Request asking(std::string_view target, std::string_view method = "GET") {
  Request request;
  request.method = method;
  request.target = target;
  return request;
}

// A table and room for one match.
class Site {
 public:
  explicit Site(RouteTableOptions options) {
    if (options.every_page == EveryPage::until_routes) options.every_page = EveryPage::never;
    auto made = RouteTable::create(options);
    EXPECT_TRUE(made) << (made ? "" : made.error().message());
    table_ = *std::move(made);
  }

  RouteMatch match(std::string_view target, std::string_view host = {}, std::string_view method = "GET") {
    Request request = asking(target, method);
    request.host = host;
    return match(request);
  }
  RouteMatch match(const Request& request) { return table_->match(request, buffer_); }
  std::string subject(std::string_view target, std::string_view host = {}) {
    return std::string(match(target, host).subject);
  }
  std::uint64_t hash(std::string_view target, std::string_view host = {}) {
    return match(target, host).subject_hash;
  }
  std::vector<ShownSubject> shown(Request request) {
    request.status = request.status == 0 ? 200 : request.status;
    std::vector<ShownSubject> shown;
    std::string buffer;
    find_shown(request, match(request), Sensitivity::normal, buffer, shown);
    return shown;
  }

 private:
  std::optional<RouteTable> table_;
  MatchBuffer buffer_;
};

TEST(RouteTable, FindsTheSubject) {
  Site site(
      with({{"photos", "/*/people/{subject}/photos", Sensitivity::high}, {"people", "/people/{subject}"}}));
  EXPECT_EQ(site.subject("/people/42"), "42");
  EXPECT_EQ(site.match("/people/42").route, 1);
  EXPECT_EQ(site.subject("/people/42/"), "42");
  EXPECT_EQ(site.match("/de/people/7/photos").route, 0);
  EXPECT_EQ(site.subject("http://example.org/people/9"), "9");
  for (const char* other :
       {"/people", "/people/", "/people//", "/people/1/2", "/peoples/1", "people/1", "", "*", "/"}) {
    EXPECT_EQ(site.match(other).route, RouteMatch::kNone) << other;
    EXPECT_TRUE(site.subject(other).empty()) << other;
  }
}

TEST(RouteTable, OnePersonHasOneNameHoweverTheUrlIsSpelled) {
  Site site(with({{"people", "/people/{subject}"}}));
  const std::uint64_t joerg = site.hash("/people/J%C3%B6rg");
  for (const char* spelling :
       {"/people/J%c3%b6rg", "/people/J\xc3\xb6rg", "/people/Jo\xcc\x88rg", "/people/Jo%CC%88rg",
        "/people/J%C3%B6rg.html", "/people/J%C3%B6rg.json?x=1", "/people/J%C3%B6rg/",
        "/people/J%C3%B6rg;jsessionid=A", "//people/./J%C3%B6rg", "/%70eople/J%C3%B6rg#top"}) {
    EXPECT_EQ(site.hash(spelling), joerg) << spelling;
  }
  EXPECT_NE(site.hash("/people/j%C3%B6rg"), joerg) << "case counts unless the route folds it";
  EXPECT_EQ(site.subject("/people/anna.meier"), "anna.meier") << "what ends no page's name stays";
  Site folding(with({{.name = "people", .pattern = "/people/{subject}", .fold_case = true}}));
  EXPECT_EQ(folding.subject("/people/J%C3%96RG"), "j\xc3\xb6rg");
}

TEST(RouteTable, PeopleOfTwoRoutesAreTheSameOnlyInOneSpace) {
  Site site(with({{"people", "/people/{subject}"},
                  {.name = "api", .pattern = "/api/people/{subject}"},
                  {.name = "staff", .pattern = "/staff/{subject}", .space = "staff"}}));
  EXPECT_EQ(site.hash("/people/17"), site.hash("/api/people/17"));
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(site.hash("/people/" + std::to_string(i)));
    all.push_back(site.hash("/staff/" + std::to_string(i)));
    all.push_back(site.hash("/staff/0" + std::to_string(i)));
  }
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::unique(all).begin(), all.end());
}

TEST(RouteTable, EachHostHasPeopleOfItsOwnUnlessTheRouteNamesHosts) {
  Site site(with({{"people", "/people/{subject}"}}));
  EXPECT_NE(site.hash("/people/7", "a.example"), site.hash("/people/7", "b.example"));
  EXPECT_EQ(site.hash("/people/7", "a.example"), site.hash("/people/7", "WWW.A.example:443"));
  EXPECT_EQ(site.hash("http://a.example/people/7", "b.example"), site.hash("/people/7", "a.example"));
  Site shared(
      with({{.name = "people", .pattern = "/people/{subject}", .hosts = {"a.example", "*.b.example"}}}));
  EXPECT_EQ(shared.hash("/people/7", "a.example"), shared.hash("/people/7", "x.b.example"));
  EXPECT_EQ(shared.match("/people/7", "shop.example").route, RouteMatch::kNone) << "a shop beside it";
  EXPECT_EQ(shared.subject("/people/7"), "7") << "a log without hosts";
  EXPECT_EQ(shared.subject("/people/7", "www.a.example"), "7");
  EXPECT_EQ(shared.subject("/people/7", "www.b.example"), "7");
  Site www(with({{.name = "people", .pattern = "/people/{subject}", .hosts = {"www.a.example"}}}));
  EXPECT_EQ(www.hash("/people/7", "a.example"), www.hash("/people/7", "www.a.example"));
  EXPECT_EQ(www.match("/people/7", "www.b.example").route, RouteMatch::kNone);
}

TEST(RouteTable, ASubjectMayStandInTheHost) {
  Site site(
      with({{.name = "blogs", .pattern = "/**", .hosts = {"{subject}.example.org"}, .except = {"static*"}}}));
  EXPECT_EQ(site.subject("/", "Anna.example.org"), "anna");
  EXPECT_EQ(site.subject("/2026/11/post", "anna.example.org:8443"), "anna");
  EXPECT_EQ(site.match("/", "www.example.org").route, RouteMatch::kNone);
  EXPECT_EQ(site.match("/", "static3.example.org").route, RouteMatch::kNone);
  EXPECT_EQ(site.match("/", "example.org").route, RouteMatch::kNone);
  EXPECT_EQ(site.match("/").route, RouteMatch::kNone) << "a log without hosts shows nobody";
}

TEST(RouteTable, AsksForMethodsExceptionsAndKeys) {
  Site site(with({{.name = "user", .pattern = "/{subject}", .except = {"about", "login"}},
                  {.name = "graph", .pattern = "/graphql/{subject}", .methods = {"POST"}},
                  {"forum", "/forum/memberlist.php?mode=viewprofile&u={subject}"},
                  {"script", "/forum/*.php"}}));
  EXPECT_EQ(site.subject("/anna"), "anna");
  EXPECT_EQ(site.match("/about").route, RouteMatch::kNone);
  EXPECT_EQ(site.match("/anna", {}, "POST").route, RouteMatch::kNone);
  EXPECT_EQ(site.match("/anna", {}, "HEAD").route, 0);
  EXPECT_EQ(site.match("/graphql/7", {}, "POST").route, 1);
  EXPECT_EQ(site.match("/graphql/7").route, RouteMatch::kNone);
  EXPECT_EQ(site.subject("/forum/memberlist.php?u=5&mode=viewprofile"), "5") << "the first route that fits";
  EXPECT_EQ(site.match("/forum/memberlist.php?mode=contact&u=5").route, 3);
}

TEST(RouteTable, AnswersThatNameNobodyShowSoMany) {
  Site site(with({{.name = "list", .pattern = "/people", .exposes = "25"},
                  {.name = "api", .pattern = "/api/users", .exposes = "per_page"}}));
  EXPECT_EQ(site.match("/people?page=2").listed, 25U);
  EXPECT_EQ(site.match("/api/users?per_page=50&page=2").listed, 50U);
  EXPECT_EQ(site.match("/api/users.json?per_page=50").listed, 50U);
  EXPECT_EQ(site.match("/api/users").listed, RouteTable::kUsuallyListed);
  EXPECT_EQ(site.match("/api/users?per_page=99999999999999").listed, RouteTable::kMostListed);
  EXPECT_EQ(site.match("/api/users?per_page=-1").listed, RouteTable::kUsuallyListed);
  EXPECT_EQ(site.match("/api/users?per_page=0").listed, RouteTable::kUsuallyListed);
  EXPECT_EQ(site.match("/api/users?per_page=1&per_page=50&per_page=2").listed, 50U)
      << "whichever the server takes";
  const auto first = site.shown(asking("/people?page=1"));
  const auto second = site.shown(asking("/people?page=2"));
  ASSERT_EQ(first.size(), 25U);
  EXPECT_EQ(first[0].sensitivity, Sensitivity::listed);
  EXPECT_NE(first[0].hash, second[0].hash) << "another page shows others";
}

TEST(RouteTable, TheKeyThatSaysHowManyMayBeEncoded) {
  Site site(with({{.name = "api", .pattern = "/api/users", .exposes = "page[limit]"}}));
  EXPECT_EQ(site.match("/api/users?page[limit]=50").listed, 50U);
  EXPECT_EQ(site.match("/api/users?page%5Blimit%5D=50").listed, 50U);
  EXPECT_EQ(site.match("/api/users?page%5blimit%5d=50&page%5Boffset%5D=100").listed, 50U);
}

TEST(RouteTable, ASubjectBeforeAnyNumberOfSegmentsHasNoExtensionEither) {
  Site site(with(
      {{.name = "user", .pattern = "/u/{subject}/**", .except = {"search"}, .extensions = {"json", "rss"}}}));
  EXPECT_EQ(site.subject("/u/anna"), "anna");
  EXPECT_EQ(site.subject("/u/anna.json"), "anna");
  EXPECT_EQ(site.subject("/u/anna.rss/"), "anna");
  EXPECT_EQ(site.subject("/u/anna/summary.json"), "anna");
  EXPECT_EQ(site.subject("/u/anna.json/summary"), "anna.json") << "that is her name";
  EXPECT_EQ(site.match("/u/search.json?term=a").route, RouteMatch::kNone);
}

TEST(RouteTable, AssetsStayAssetsUnderARoute) {
  Site site(
      with({{.name = "portraits", .pattern = "/portraits/{subject}", .extensions = {"jpg"}, .assets = true},
            {"people", "/people/{subject}"},
            {"photos", "/people/{subject}/**"}}));
  EXPECT_TRUE(site.match("/people/7.jpg").asset);
  EXPECT_EQ(site.match("/people/7.jpg").subject_hash, 0U);
  EXPECT_TRUE(site.match("/people/7/avatar.png").asset);
  EXPECT_EQ(site.subject("/people/7/photos"), "7");
  EXPECT_TRUE(site.match("/portraits/7.jpg").asset);
  EXPECT_EQ(site.subject("/portraits/7.jpg"), "7") << "a portrait is personal data";
  EXPECT_EQ(site.subject("/people/7.json"), "7") << "data of a route shows its subject";
  EXPECT_FALSE(site.match("/people/7.json").asset);
}

TEST(RouteTable, TellsAssetsFromPagesAndData) {
  Site site(with({}));
  for (const char* asset : {"/a/style.css", "/favicon.ico", "/x/PHOTO.JPG", "/static/page", "/assets/",
                            "/f.woff2?v=3", "/people/../assets/x", "//assets//x"}) {
    EXPECT_TRUE(site.match(asset).asset) << asset;
  }
  for (const char* page : {"/", "/about", "/about.html", "/a.css/b", "/x.php", "/.css.",
                           "/download.reallylongextension", "/assets/../people/5"}) {
    EXPECT_FALSE(site.match(page).asset) << page;
    EXPECT_FALSE(site.match(page).data) << page;
  }
  for (const char* data : {"/api/people.json?page=1", "/feed.xml", "/notes.TXT"}) {
    EXPECT_FALSE(site.match(data).asset) << data;
    EXPECT_TRUE(site.match(data).data) << data;
  }
}

TEST(RouteTable, KnowsDecoysBeforeRoutesHoweverTheyAreSpelled) {
  RouteTableOptions options;
  options.decoys = {"/people/all", "/export"};
  Site site(options);
  for (const char* decoy : {"/people/all?x", "/people/%61ll", "//people/all", "/x/../people/all"}) {
    EXPECT_TRUE(site.match(decoy).decoy) << decoy;
    EXPECT_EQ(site.match(decoy).route, RouteMatch::kNone) << decoy;
  }
  EXPECT_FALSE(site.match("/people/al").decoy);
  EXPECT_TRUE(site.match("/%72obots.txt").robots_txt);
}

TEST(RouteTable, EveryPageCountsUntilThereAreRoutes) {
  const auto shows = [](EveryPage every_page, std::vector<RouteOptions> routes, std::string_view target) {
    RouteTableOptions options;
    options.every_page = every_page;
    options.routes = std::move(routes);
    auto table = RouteTable::create(options);
    MatchBuffer buffer;
    return table->match(asking(target), buffer).every_page;
  };
  const auto defaults = RouteTableOptions::default_routes();
  EXPECT_TRUE(shows(EveryPage::until_routes, defaults, "/member/7"));
  EXPECT_FALSE(shows(EveryPage::until_routes, defaults, "/people/7")) << "that is a route";
  EXPECT_FALSE(shows(EveryPage::until_routes, defaults, "/x.css"));
  EXPECT_FALSE(shows(EveryPage::until_routes, defaults, "/"));
  EXPECT_FALSE(shows(EveryPage::until_routes, {{"u", "/u/{subject}"}}, "/member/7"));
  EXPECT_TRUE(shows(EveryPage::always, {{"u", "/u/{subject}"}}, "/member/7"));
  EXPECT_FALSE(shows(EveryPage::never, defaults, "/member/7"));
}

TEST(RouteTable, WhatTheApplicationSaysBeatsEveryPattern) {
  Site site(with({{"people", "/people/{subject}"}}));
  const auto told = [](std::string_view target, std::string_view names, std::uint32_t count = 0) {
    Request request = asking(target, "POST");
    request.subjects = names;
    request.subject_count = count;
    return request;
  };
  auto shown = site.shown(told("/graphql", "7"));
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].hash, site.hash("/people/7")) << "the same person as on a page";
  shown = site.shown(told("/graphql", " 7, 9 ,12,, J%C3%B6rg"));
  ASSERT_EQ(shown.size(), 4U);
  EXPECT_EQ(shown[3].hash, site.hash("/people/Jo%CC%88rg"));
  EXPECT_EQ(shown[0].sensitivity, Sensitivity::listed) << "many on one answer";
  EXPECT_EQ(site.shown(told("/search", "", 40)).size(), 40U);
  EXPECT_EQ(site.shown(told("/search", "7,9", 40)).size(), 40U) << "two of forty have names";
  EXPECT_EQ(site.shown(told("/people/7", "9"))[0].hash, site.hash("/people/9"));
  Request refused = told("/graphql", "7");
  refused.status = 403;
  EXPECT_TRUE(site.shown(refused).empty());
}

TEST(RouteTable, FindsOneOfManyRoutes) {
  std::vector<RouteOptions> routes;
  for (int i = 0; i < 250; ++i) {
    const std::string n = std::to_string(i);
    routes.push_back({"p" + n, "/area" + n + "/{subject}"});
    routes.push_back({"q" + n, "/x-" + n + "-{subject}.html"});
    routes.push_back({"r" + n, "/**/deep" + n + "/{subject}/*"});
  }
  Site site(with(routes));
  EXPECT_EQ(site.match("/area249/7").route, 747);
  EXPECT_EQ(site.match("/x-249-anna.html").route, 748);
  EXPECT_EQ(site.subject("/x-249-anna.html"), "anna");
  EXPECT_EQ(site.match("/a/b/deep249/7/photos").route, 749);
  EXPECT_EQ(site.match("/area250/7").route, RouteMatch::kNone);
}

TEST(RouteTable, RefusesWhatItCannotUseInWords) {
  const auto refusal = [](RouteOptions route) {
    const auto made = RouteTable::create(with({std::move(route)}));
    return made ? std::string() : made.error().message();
  };
  EXPECT_THAT(refusal({"people", "people"}),
              HasSubstr("route 'people': 'people': a pattern starts with '/'"));
  EXPECT_THAT(refusal({.name = "a", .pattern = "/a", .hosts = {"{x}"}}), HasSubstr("is no gap"));
  EXPECT_THAT(refusal({.name = "a", .pattern = "/a", .exposes = "50x"}), HasSubstr("neither a number"));
}

TEST(Routes, ALineThatWasCutBeforeItsRefererIsNoProof) {
  RouteTableOptions options = with({});
  options.decoys = {"/trap"};
  Site site(options);
  Request request = asking("/trap");
  EXPECT_TRUE(site.match(request).decoy) << "a log without referers";
  request.cut = true;
  EXPECT_FALSE(site.match(request).decoy) << "a picture on another site may have led there";
  request.fields.add(LogField::referer);
  EXPECT_TRUE(site.match(request).decoy) << "HAProxy writes the referer before the request";
}

TEST(Routes, ThePathOfALineThatWasCutNamesNobody) {
  RouteTableOptions options = with({{.name = "person", .pattern = "/people/{subject}"},
                                    {.name = "list", .pattern = "/people", .exposes = "20"}});
  options.decoys = {"/trap"};
  options.every_page = EveryPage::always;
  Site site(options);
  for (const char* begin : {"/people/12", "/people", "/trap", "/robots.txt", "/a.css", "/other", ""}) {
    Request request = asking(begin);
    request.cut = request.path_cut = true;
    const RouteMatch match = site.match(request);
    EXPECT_EQ(match.subject_hash, 0U) << begin;
    EXPECT_EQ(match.subject, "") << begin;
    EXPECT_EQ(match.listed, 0U) << begin;
    EXPECT_EQ(match.route, RouteMatch::kNone) << begin;
    EXPECT_FALSE(match.decoy || match.robots_txt || match.asset || match.every_page) << begin;
    EXPECT_TRUE(site.shown(request).empty()) << begin;
  }
  Request told = asking("/people/12");
  told.cut = told.path_cut = true;
  told.subjects = "7,9";
  EXPECT_EQ(site.shown(told).size(), 2U) << "what the application says is whole";
}

}  // namespace
}  // namespace sluice::detection
