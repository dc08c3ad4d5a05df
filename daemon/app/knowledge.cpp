// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/knowledge.h"

#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>
#include <sys/random.h>

#include "daemon/lists/asn_database.h"
#include "daemon/lists/robots.h"

namespace sluice::app {
namespace {

constexpr std::size_t kFaultsLogged = 5;  // of each file

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) std::abort();  // cannot fail for so few bytes
  return seed;
}

void log_faults(const std::string& path, const std::vector<std::string>& faults) {
  for (std::size_t i = 0; i < faults.size() && i < kFaultsLogged; ++i)
    spdlog::warn("{}", faults[i]);
  if (faults.size() > kFaultsLogged)
    spdlog::warn("{}: {} more entries were left out", path, faults.size() - kFaultsLogged);
}

}  // namespace

std::shared_ptr<const detection::Knowledge> load_knowledge_that_can_be(const config::KnowledgeOptions& options,
                                                                      std::vector<Error>& errors) {
  auto knowledge = std::make_shared<detection::Knowledge>();
  knowledge->seed = random_seed();
  for (const std::string& path : options.agent_lists) {
    auto catalogue = lists::load_agent_catalogue(path);
    if (!catalogue) {
      errors.push_back(catalogue.error());
      continue;
    }
    log_faults(path, catalogue->faults);
    knowledge->agents.push_back(*std::move(catalogue));
  }
  for (const std::string& path : options.crawler_lists) {
    auto crawlers = lists::load_crawlers(path);
    if (!crawlers) {
      errors.push_back(crawlers.error());
      continue;
    }
    log_faults(path, crawlers->faults);
    std::move(crawlers->crawlers.begin(), crawlers->crawlers.end(), std::back_inserter(knowledge->crawlers));
  }
  if (!options.asn_database.empty()) {
    if (auto systems = lists::open_asn_database(options.asn_database)) {
      knowledge->systems = *std::move(systems);
    } else {
      errors.push_back(systems.error());
    }
  }
  if (options.robots_path.empty()) return knowledge;
  std::vector<std::string> faults;
  auto robots = lists::load_robots_rules(options.robots_path, faults);
  if (!robots) {
    errors.push_back(robots.error());
    return knowledge;
  }
  log_faults(options.robots_path, faults);
  knowledge->robots = *std::move(robots);
  return knowledge;
}

Result<std::shared_ptr<const detection::Knowledge>> load_knowledge(const config::KnowledgeOptions& options) {
  std::vector<Error> errors;
  auto knowledge = load_knowledge_that_can_be(options, errors);
  if (!errors.empty()) return errors.front();
  return knowledge;
}

std::shared_ptr<const detection::Knowledge> with_lists(std::shared_ptr<const detection::Knowledge> knowledge,
                                                      const ListRoles& roles) {
  if (roles.crawlers.empty()) return knowledge;
  auto more = std::make_shared<detection::Knowledge>(*knowledge);
  more->crawlers.insert(more->crawlers.end(), roles.crawlers.begin(), roles.crawlers.end());
  return more;
}

}  // namespace sluice::app
