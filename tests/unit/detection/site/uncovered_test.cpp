// SPDX-License-Identifier: Apache-2.0
// What the detector finds out about URLs that its routes miss.
#include "daemon/detection/site/discovery/uncovered.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

DetectorOptions with_route(const std::string& pattern) {
  DetectorOptions options;
  options.routes.routes = {{"one", pattern}};
  return options;
}

// 40 visitors, each of whom asks for one of 40 members and loads what belongs to the page.
void visit_members(Detector& detector) {
  for (int i = 0; i < 40; ++i) {
    Visitor visitor(detector, "192.0.2." + std::to_string(i + 1));
    visitor.get("/members/" + std::to_string(1000 + i));
    visitor.get("/portraits/" + std::to_string(1000 + i) + ".jpg");
    visitor.get("/members/" + std::to_string(2000 + i), 404);
    visitor.get("/about");
  }
}

std::vector<UncoveredShape> missed_by(const Detector& detector) {
  return uncovered_shapes(detector.discovery().propose());
}

TEST(WhatTheRoutesMiss, IsFoundInPagesThatWereServed) {
  Detector detector = test::detector(with_route("/people/{subject}"));
  visit_members(detector);
  EXPECT_EQ(detector.discovery().counts().noted, 80U) << "neither pictures nor what is not there";
  const auto shapes = missed_by(detector);
  ASSERT_EQ(shapes.size(), 1U);
  EXPECT_EQ(shapes[0].text, "/members/{number}");
  EXPECT_EQ(shapes[0].requests, 40U);
  EXPECT_TRUE(shapes[0].is_people);
}

TEST(WhatTheRoutesMiss, IsNothingWhereARouteFits) {
  Detector detector = test::detector(with_route("/members/{subject}"));
  visit_members(detector);
  EXPECT_TRUE(missed_by(detector).empty());
}

TEST(WhatTheRoutesMiss, IsCountedAnewForOtherRoutes) {
  Detector detector = test::detector(with_route("/people/{subject}"));
  visit_members(detector);
  ASSERT_TRUE(detector.reconfigure(with_route("/members/{subject}"), std::make_shared<Knowledge>()));
  EXPECT_EQ(detector.discovery().counts().noted, 0U);
  visit_members(detector);
  EXPECT_TRUE(missed_by(detector).empty());
}

// What a page asks for in the background is where a site of one page shows its people.
TEST(WhatTheRoutesMiss, IsFoundInAnswersThatPagesAskFor) {
  Detector detector = test::detector(with_route("/people/{subject}"));
  Request request;
  request.client = *Address::parse("192.0.2.7");
  request.method = "GET";
  request.status = 200;
  request.fields = {LogField::referer, LogField::user_agent};
  request.referer = "https://example.org/";
  request.content_type = "application/json";
  for (int i = 0; i < 40; ++i) {
    const std::string target = "/api/users/" + std::to_string(1000 + i);
    request.time = at(i);
    request.target = target;
    detector.observe(request);
  }
  const auto shapes = missed_by(detector);
  ASSERT_EQ(shapes.size(), 1U);
  EXPECT_EQ(shapes[0].text, "/api/users/{number}");
  EXPECT_EQ(detector.coverage().uncovered(), 0U) << "no page";
}

TEST(WhatTheRoutesMiss, IsNotWhatARouteSaysShowsNobody) {
  DetectorOptions options = with_route("/people/{subject}");
  options.routes.routes.push_back({"machines", "/members/*"});
  Detector detector = test::detector(options);
  visit_members(detector);
  EXPECT_TRUE(missed_by(detector).empty());
  EXPECT_EQ(detector.coverage().covered(), 0U);
  EXPECT_EQ(detector.coverage().uncovered(), 40U) << "/about";
  EXPECT_EQ(detector.exposure(source("192.0.2.1")).subjects, 0U);
}

// The scores of sources do not depend on what the detector found out about URLs.
TEST(WhatTheRoutesMiss, ChangesNoScore) {
  Detector detector = test::detector(with_route("/people/{subject}"));
  Visitor visitor(detector);
  visitor.get("/people/1");
  const double before = detector.evaluate(source("192.0.2.7"), at(60)).score;
  for (int i = 0; i < 5; ++i)
    visit_members(detector);
  EXPECT_EQ(detector.evaluate(source("192.0.2.7"), at(60)).score, before);
}

}  // namespace
}  // namespace sluice::detection::test
