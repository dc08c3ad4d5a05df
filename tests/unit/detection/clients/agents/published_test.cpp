// SPDX-License-Identifier: Apache-2.0
// The classifier against lists and logs that others published, where they are: SLUICE_SHARED_DATA, or
// ../shared/data beside the checkout. Prints how many are recognised and what a look-up costs.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "daemon/detection/clients/agents/classifier.h"

namespace sluice::detection {
namespace {

class Published : public testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("SLUICE_SHARED_DATA");
    folder_ = given != nullptr ? std::filesystem::path(given)
                               : std::filesystem::path(SLUICE_SOURCE_DIR) / "../shared/data";
    if (!std::filesystem::is_directory(folder_ / "crawler-user-agents"))
      GTEST_SKIP() << "no " << (folder_ / "crawler-user-agents")
                   << "; set SLUICE_SHARED_DATA to the data folder";
  }
  [[nodiscard]] std::string text(std::string_view file) const {
    std::ifstream stream(folder_ / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  [[nodiscard]] std::vector<std::string> robots() const {
    std::vector<std::string> agents;
    const auto document = boost::json::parse(text("crawler-user-agents/crawler-user-agents.json"));
    for (const auto& entry : document.as_array()) {
      for (const auto& instance : entry.at("instances").as_array())
        agents.emplace_back(instance.as_string());
    }
    return agents;
  }
  [[nodiscard]] std::set<std::string> people() const {
    std::set<std::string> agents;
    std::ifstream log(folder_ / "hackers-access/access.log");
    for (std::string line; std::getline(log, line);) {
      const auto end = line.rfind('"');
      const auto begin = line.rfind('"', end - 1);
      if (end != std::string::npos && begin != std::string::npos)
        agents.insert(line.substr(begin + 1, end - begin - 1));
    }
    return agents;
  }
  [[nodiscard]] std::vector<AgentCatalogue> catalogues() const {
    std::vector<AgentCatalogue> files;
    for (const char* file : {"crawler-user-agents/crawler-user-agents.json", "ai.robots.txt/robots.json"}) {
      auto catalogue = parse_agent_catalogue(text(file));
      EXPECT_TRUE(catalogue) << file;
      for (const std::string& fault : catalogue->faults)
        std::cout << file << ": " << fault << "\n";
      files.push_back(std::move(*catalogue));
    }
    return files;
  }

  std::filesystem::path folder_;
};

bool is_robot(const Agent& agent) {
  return agent.agent_class != AgentClass::browser && agent.agent_class != AgentClass::unknown;
}

// Prints what is not recognised as a robot, by class.
double recognised(Classifier& classifier, const std::vector<std::string>& agents) {
  std::map<std::string_view, std::size_t> classes;
  std::size_t count = 0;
  for (const std::string& agent : agents) {
    const Agent& found = classifier.classify(agent);
    ++classes[to_text(found.agent_class)];
    if (is_robot(found)) ++count;
  }
  for (const auto& [name, number] : classes)
    std::cout << "  " << name << " " << number << "\n";
  return static_cast<double>(count) / static_cast<double>(agents.size());
}

TEST_F(Published, WithTheirListsTheirRobotsAreRecognised) {
  Classifier classifier(catalogues(), 3);
  const auto agents = robots();
  std::cout << classifier.patterns() << " patterns, " << classifier.refused().size() << " refused\n";
  for (const std::string& refused : classifier.refused())
    std::cout << "  " << refused << "\n";
  const double share = recognised(classifier, agents);
  std::cout << "recognised " << share * 100 << " % of " << agents.size() << "\n";
  EXPECT_GT(share, 0.99);
  EXPECT_EQ(classifier.out_of_memory(), 0U);
}

TEST_F(Published, WithoutAFileMostDeclareThemselves) {
  Classifier classifier({}, 3);
  const double share = recognised(classifier, robots());
  std::cout << "recognised " << share * 100 << " % without a file\n";
  EXPECT_GT(share, 0.5);
}

TEST_F(Published, BrowsersInARealLogAreBrowsers) {
  Classifier alone({}, 3);
  Classifier with_lists(catalogues(), 3);
  const auto agents = people();
  ASSERT_FALSE(agents.empty());
  for (const std::string& agent : agents) {
    EXPECT_EQ(alone.classify(agent).agent_class, AgentClass::browser) << agent;
    const Agent listed = with_lists.classify(agent);
    EXPECT_TRUE(listed.agent_class == AgentClass::browser || listed.by_list) << agent;
  }
  std::cout << agents.size() << " different user agents of browsers\n";
}

// Not a limit, a figure: what a text costs when it is new, and when it is remembered.
TEST_F(Published, Cost) {
  using Clock = std::chrono::steady_clock;
  Classifier classifier(catalogues(), 3);
  const auto agents = robots();
  const auto time = [&](const char* what) {
    const auto begin = Clock::now();
    for (const std::string& agent : agents)
      static_cast<void>(classifier.classify(agent));
    const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
    std::cout << what << ": " << taken.count() / static_cast<double>(agents.size()) << " ns a text\n";
  };
  time("new, automaton cold");
  time("remembered, as far as slots do not meet");
  const auto hits = classifier.remembered();
  EXPECT_GT(hits, agents.size() / 2);
  const auto begin = Clock::now();
  constexpr int kRounds = 1'000'000;
  for (int i = 0; i < kRounds; ++i)
    static_cast<void>(classifier.classify(agents[static_cast<std::size_t>(i % 64)]));
  const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
  std::cout << "remembered: " << taken.count() / kRounds << " ns a text\n";
}

}  // namespace
}  // namespace sluice::detection
