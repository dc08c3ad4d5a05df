// SPDX-License-Identifier: Apache-2.0
// The user agents that sources sent lately, each once, with what is known of it. A source keeps only a number
// of eight bytes. Bounded: when the cache is full its older half is forgotten. The heuristics about clients
// are then silent on a source with a forgotten agent until it asks again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

#include "daemon/detection/clients/agents/classifier.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/detection/clients/knowledge.h"
#include "daemon/detection/clients/known_agent.h"

namespace sluice::detection {

class UserAgentCache {
 public:
  static constexpr std::size_t kMost = 32'768;  // 5 MB if half of them have 150 bytes
  static constexpr std::size_t kLeast = 1024;   // that there is always room for
  static constexpr std::size_t kMaxBytes = 300;

  // `knowledge` must outlive the cache.
  explicit UserAgentCache(const Knowledge& knowledge)
      : classifier_(knowledge.agents, knowledge.seed),
        crawlers_(knowledge.crawlers),
        robots_(&knowledge.robots),
        seed_(knowledge.seed) {}

  // The number of a user agent, never 0. The same text has the same number as long as the cache lives.
  [[nodiscard]] std::uint64_t number_of(std::string_view user_agent) const;
  // Looks the user agent up and keeps it. Valid until the next call.
  const KnownAgent& know(std::uint64_t number, std::string_view user_agent);
  // Null where it is not known, or no longer. Valid until the next know().
  [[nodiscard]] const KnownAgent* find(std::uint64_t number) const;

  // Forgets the older half, or the newer one where there is no other, for want of memory. Keeps no more than
  // half of what it had from here on.
  void shrink();
  [[nodiscard]] std::size_t size() const { return newer_.size() + older_.size(); }

  [[nodiscard]] const Classifier& classifier() const { return classifier_; }
  [[nodiscard]] const CrawlerDirectory& crawlers() const { return crawlers_; }

 private:
  using Half = boost::unordered_flat_map<std::uint64_t, KnownAgent>;

  Classifier classifier_;
  CrawlerDirectory crawlers_;
  const RobotsRules* robots_;
  std::uint64_t seed_;
  std::size_t most_ = kMost;
  Half newer_;
  Half older_;
};

}  // namespace sluice::detection
