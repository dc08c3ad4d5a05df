// SPDX-License-Identifier: Apache-2.0
// What a reload says has changed.
#include "daemon/config/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Changes, NoneBetweenEqualConfigurations) {
  EXPECT_THAT(changes(Config{}, Config{}), IsEmpty());
}

TEST(Changes, NameEachKeyWithBothValuesAndWhenItTakesEffect) {
  Config after;
  after.mode = decisions::Mode::enforce;
  after.filter.ports = {443};
  after.filter.report_interval = std::chrono::seconds(90);
  after.management = {*Prefix::parse("198.51.100.0/24")};
  after.detector.routes.decoys = {"/a\"b"};
  after.policy.growth = 2.5;
  after.control.max_for = Seconds(86400);
  after.store.path = "/x";
  EXPECT_THAT(changes(Config{}, after),
              ElementsAre(Change{"mode", "\"observe\"", "\"enforce\"", false},
                          Change{"filter.ports", "[80, 443]", "[443]", true},
                          Change{"filter.report_interval", "\"1s\"", "\"1m30s\"", true},
                          Change{"protect.management", "[]", "[\"198.51.100.0/24\"]", false},
                          Change{"decoy.paths", "[]", "[\"/a\\\"b\"]", false},
                          Change{"policy.growth", "4", "2.5", false},
                          Change{"control.max_for", "\"365d\"", "\"1d\"", false},
                          Change{"store.path", "\"/var/lib/sluice/state.db\"", "\"/x\"", false, true}));
}

TEST(Changes, ShowEntriesWhole) {
  Config after;
  after.detector.routes.routes = {{"profiles", "/u/{subject}", detection::Sensitivity::high}};
  EXPECT_THAT(changes(Config{}, after),
              ElementsAre(Change{
                  "route",
                  R"([{name = "people", pattern = "/people/{subject}", sensitivity = "normal"}])",
                  R"([{name = "profiles", pattern = "/u/{subject}", sensitivity = "high"}])",
                  false,
              }));
}

TEST(Changes, ShowOfAFieldMapWhatDiffersFromTheDefault) {
  Config after;
  after.logs = {{"/a", intake::Format::json, {}}};
  after.logs[0].fields.client = "c.ip";
  const auto changed = changes(Config{}, after);
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].before, R"([{path = "/var/log/nginx/access.log", format = "combined"}])");
  EXPECT_EQ(changed[0].after, R"([{path = "/a", format = "json", fields.client = "c.ip"}])");
}

}  // namespace
}  // namespace sluice::config
