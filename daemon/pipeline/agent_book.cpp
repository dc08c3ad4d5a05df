// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/agent_book.h"

#include <functional>
#include <utility>

namespace sluice::pipeline {

std::uint64_t AgentBook::number_of(std::string_view user_agent) const {
  // Seeded after the fact: who could choose two texts of one number would only be told apart less.
  const std::uint64_t hash = std::hash<std::string_view>()(user_agent) ^ seed_;
  return hash == 0 ? 1 : hash;
}

void AgentBook::learn(std::uint64_t number, std::string_view user_agent) {
  if (newer_.contains(number)) return;
  if (newer_.size() >= kMost / 2) {
    older_ = std::move(newer_);
    newer_ = Half();
  }
  const std::string_view text = user_agent.substr(0, kMaxBytes);
  newer_.emplace(number,
                 KnownAgent{std::string(text), classifier_.classify(user_agent), robots_->group_for(text)});
}

const KnownAgent* AgentBook::find(std::uint64_t number) const {
  for (const Half* half : {&newer_, &older_}) {
    if (const auto at = half->find(number); at != half->end()) return &at->second;
  }
  return nullptr;
}

}  // namespace sluice::pipeline
