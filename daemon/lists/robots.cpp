// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/robots.h"

#include <fmt/format.h>

#include "daemon/base/file.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxBytes = 16U << 20U;  // the longest published list has 0.6 MiB

void name_the_file(std::vector<std::string>& faults, const std::string& path) {
  for (std::string& fault : faults)
    fault = fmt::format("{}: {}", path, fault);
}

}  // namespace

Result<detection::AgentCatalogue> load_agent_catalogue(const std::string& path) {
  const auto text = read_file(path, kMaxBytes);
  if (!text) return text.error();
  auto catalogue = detection::parse_agent_catalogue(*text);
  if (!catalogue) return catalogue.error().in(path);
  name_the_file(catalogue->faults, path);
  return catalogue;
}

Result<detection::CrawlerList> load_crawlers(const std::string& path) {
  const auto text = read_file(path, kMaxBytes);
  if (!text) return text.error();
  auto list = detection::parse_crawlers(*text);
  name_the_file(list.faults, path);
  return list;
}

Result<detection::RobotsRules> load_robots_rules(const std::string& path, std::vector<std::string>& faults) {
  const auto text = read_file(path, kMaxBytes);
  if (!text) return text.error();
  auto rules = detection::RobotsRules::parse(*text, faults);
  name_the_file(faults, path);
  return rules;
}

Result<std::vector<Prefix>> load_crawler_ranges(const std::string& path) {
  const auto text = read_file(path, kMaxBytes);
  if (!text) return text.error();
  auto ranges = detection::parse_crawler_ranges(*text);
  if (!ranges) return ranges.error().in(path);
  return ranges;
}

}  // namespace sluice::lists
