// SPDX-License-Identifier: Apache-2.0
// The user agents that sources sent lately, each once, with what it says: sources keep a number of eight
// bytes and not a text. Bounded: when it is full the older half is forgotten, and of a source whose agent
// was, no heuristic says anything until it asks again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

#include "daemon/detection/clients/agents/classifier.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/clients/knowledge.h"

namespace sluice::detection {

class UserAgentCache {
 public:
  static constexpr std::size_t kMost = 32'768;  // of half of them texts of 150 bytes: 5 MB
  static constexpr std::size_t kMaxBytes = 300;

  // `knowledge` must outlive the book.
  explicit UserAgentCache(const Knowledge& knowledge)
      : classifier_(knowledge.agents, knowledge.seed),
        crawlers_(knowledge.crawlers),
        robots_(&knowledge.robots),
        seed_(knowledge.seed) {}

  // The number of a user agent, never 0. The same text has the same one as long as the book lives.
  [[nodiscard]] std::uint64_t number_of(std::string_view user_agent) const;
  // What it says; knows it from here on. Valid until the next call of it.
  const KnownAgent& know(std::uint64_t number, std::string_view user_agent);
  // Null where it is not known, or no longer. Valid until the next know().
  [[nodiscard]] const KnownAgent* find(std::uint64_t number) const;

  [[nodiscard]] const Classifier& classifier() const { return classifier_; }
  [[nodiscard]] const CrawlerDirectory& crawlers() const { return crawlers_; }

 private:
  using Half = boost::unordered_flat_map<std::uint64_t, KnownAgent>;

  Classifier classifier_;
  CrawlerDirectory crawlers_;
  const RobotsRules* robots_;
  std::uint64_t seed_;
  Half newer_;
  Half older_;
};

}  // namespace sluice::detection
