// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/robots.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace sluice::lists {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Robots : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "sluice-robots-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const char* name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  std::filesystem::path folder_;
};

TEST_F(Robots, EachKindIsReadFromItsFile) {
  const auto agents = load_agent_catalogue(write("a", R"([{"pattern": "alpha"}, {}])"));
  ASSERT_TRUE(agents) << agents.error().message();
  EXPECT_EQ(agents->entries.size(), 1U);
  EXPECT_THAT(agents->faults, ElementsAre(StartsWith((folder_ / "a: entry 2: ").string())));
  const auto crawlers = load_crawlers(
      write("c", "# head\n{\"name\":\"n\",\"user_agent\":\"n\",\"ranges\":[\"192.0.2.0/24\"]}\nx\n"));
  ASSERT_TRUE(crawlers) << crawlers.error().message();
  EXPECT_EQ(crawlers->crawlers.size(), 1U);
  EXPECT_THAT(crawlers->faults, ElementsAre(StartsWith((folder_ / "c: line 3: ").string())));
  const auto ranges = load_crawler_ranges(write("r", "192.0.2.0/24\n"));
  ASSERT_TRUE(ranges) << ranges.error().message();
  EXPECT_EQ(ranges->size(), 1U);
}

TEST_F(Robots, TheSitesRulesAreReadAndWhatIsLeftOutIsNamed) {
  std::vector<std::string> faults;
  const auto rules = load_robots_rules(
      write("robots.txt", "User-agent: *\nDisallow: /x\n" + std::string(600 << 10, '\n')), faults);
  ASSERT_TRUE(rules) << rules.error().message();
  ASSERT_NE(rules->group_for("any"), nullptr);
  EXPECT_TRUE(rules->group_for("any")->disallows("/x/1"));
  EXPECT_THAT(faults, ElementsAre(StartsWith((folder_ / "robots.txt: what stands after").string())));
  faults.clear();
  EXPECT_THAT(load_robots_rules(folder_ / "absent", faults).error().message(),
              EndsWith("/absent: No such file or directory"));
}

TEST_F(Robots, ErrorsNameTheFile) {
  EXPECT_THAT(load_crawlers(folder_ / "absent").error().message(),
              EndsWith("/absent: No such file or directory"));
  EXPECT_THAT(load_crawlers(folder_).error().message(), EndsWith(": not a regular file"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(load_crawler_ranges(folder_ / "pipe").error().message(), EndsWith("/pipe: not a regular file"));
  EXPECT_THAT(load_agent_catalogue(write("bad", "{")).error().message(), HasSubstr("/bad: is not JSON"));
  EXPECT_THAT(load_crawler_ranges(write("bad", "1.2.3.4\nx")).error().message(), HasSubstr("/bad: line 2: "));
  const std::string big = write("big", "x");
  std::filesystem::resize_file(big, (16U << 20U) + 1);
  EXPECT_THAT(load_crawlers(big).error().message(), EndsWith("/big: larger than 16 MiB"));
}

}  // namespace
}  // namespace sluice::lists
