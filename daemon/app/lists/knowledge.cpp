// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/knowledge.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>
#include <sys/random.h>

#include "daemon/base/clock.h"
#include "daemon/lists/asn_database.h"
#include "daemon/lists/robots.h"

namespace sluice::app {
namespace {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) std::abort();  // cannot fail for so few bytes
  return seed;
}

// Reads the file and takes what it holds.
template <class Read, class Take>
NamedFile read_named(std::string key, const std::string& path, Read read, Take take) {
  NamedFile file;
  file.key = std::move(key);
  file.path = path;
  file.read = wall_now();  // what changes while it is read has changed since
  std::vector<std::string> faults;
  if (auto content = read(path, faults)) {
    take(*std::move(content));
  } else {
    file.error = content.error().message();
  }
  file.left_out = faults.size();
  if (!faults.empty()) file.first_fault = std::move(faults.front());
  return file;
}

void log_left_out(const NamedFile& file) {
  if (file.left_out > 0)
    spdlog::warn("{}: {} entries are left out: {}", file.path, file.left_out, file.first_fault);
}

}  // namespace

FilesOfKnowledge read_files_of_knowledge(const config::KnowledgeOptions& options) {
  auto knowledge = std::make_shared<detection::Knowledge>();
  knowledge->seed = random_seed();
  FilesOfKnowledge all;
  using Faults = std::vector<std::string>;
  for (const std::string& path : options.agent_lists) {
    const auto read = [](const std::string& from, Faults& faults) {
      auto catalogue = lists::load_agent_catalogue(from);
      if (catalogue) faults = catalogue->faults;
      return catalogue;
    };
    all.files.push_back(read_named("agents.lists", path, read, [&](detection::AgentCatalogue catalogue) {
      knowledge->agents.push_back(std::move(catalogue));
    }));
  }
  for (const std::string& path : options.crawler_lists) {
    const auto read = [](const std::string& from, Faults& faults) {
      auto list = lists::load_crawlers(from);
      if (list) faults = list->faults;
      return list;
    };
    all.files.push_back(read_named("crawlers.lists", path, read, [&](detection::CrawlerList list) {
      std::ranges::move(list.crawlers, std::back_inserter(knowledge->crawlers));
    }));
  }
  if (!options.asn_database.empty()) {
    const auto read = [](const std::string& from, Faults&) { return lists::open_asn_database(from); };
    all.files.push_back(read_named("asn.database", options.asn_database, read,
                                   [&](auto systems) { knowledge->systems = std::move(systems); }));
  }
  if (!options.robots_path.empty()) {
    const auto read = [](const std::string& from, Faults& faults) {
      return lists::load_robots_rules(from, faults);
    };
    all.files.push_back(
        read_named("robots.path", options.robots_path, read,
                   [&](detection::RobotsRules rules) { knowledge->robots = std::move(rules); }));
  }
  all.knowledge = std::move(knowledge);
  return all;
}

FilesOfKnowledge load_knowledge_that_can_be(const config::KnowledgeOptions& options) {
  FilesOfKnowledge all = read_files_of_knowledge(options);
  for (const NamedFile& file : all.files) {
    if (!file.error.empty()) spdlog::error("{}", file.error);
    log_left_out(file);
  }
  return all;
}

Result<FilesOfKnowledge> load_knowledge(const config::KnowledgeOptions& options) {
  FilesOfKnowledge all = read_files_of_knowledge(options);
  for (const NamedFile& file : all.files) {
    if (!file.error.empty()) return Error(file.error);
    log_left_out(file);
  }
  return all;
}

std::shared_ptr<const detection::Knowledge> with_lists(std::shared_ptr<const detection::Knowledge> knowledge,
                                                       const ListRoles& roles) {
  if (roles.crawlers.empty()) return knowledge;
  auto more = std::make_shared<detection::Knowledge>(*knowledge);
  more->crawlers.insert(more->crawlers.end(), roles.crawlers.begin(), roles.crawlers.end());
  return more;
}

}  // namespace sluice::app
