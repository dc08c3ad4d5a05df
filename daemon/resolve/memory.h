// SPDX-License-Identifier: Apache-2.0
// The resolver's table: questions with their answers, the oldest forgotten first. Used by resolver alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "daemon/base/bounded_map.h"
#include "daemon/base/time.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/resolve/answer.h"

namespace sluice::resolve {

class Memory {
 public:
  struct KeptAnswer {
    detection::NameOracle::State state = detection::NameOracle::State::pending;
    Answer answer;
    KernelTime until;  // not believed from then on; of no meaning while pending
  };

  explicit Memory(std::size_t max_entries) : answers_(max_entries) {}

  // Null where nothing is kept, or nothing that still holds.
  [[nodiscard]] KeptAnswer* find(const std::string& question, KernelTime now) {
    KeptAnswer* kept = answers_.find(question);
    if (kept == nullptr || is_pending(*kept) || now < kept->until) return kept;
    answers_.erase(question);
    return nullptr;
  }

  // Adds a pending entry for a question of which nothing is kept. Returns how many were forgotten to make
  // room. Entries that are pending are not forgotten: there are at most as many of them as questions on the
  // way.
  std::uint64_t add(const std::string& question) {
    std::uint64_t forgotten = 0;
    for (std::size_t looked = 0; looked < answers_.size(); ++looked) {
      if (answers_.size() < answers_.capacity()) break;
      const auto oldest = answers_.oldest();
      if (is_pending(oldest.value)) {
        answers_.touch(oldest.key);
        continue;
      }
      answers_.forget_oldest();
      ++forgotten;
    }
    answers_.add(question);
    return forgotten;
  }

  [[nodiscard]] std::size_t size() const { return answers_.size(); }

 private:
  static bool is_pending(const KeptAnswer& kept) {
    return kept.state == detection::NameOracle::State::pending;
  }

  BoundedMap<std::string, KeptAnswer> answers_;
};

}  // namespace sluice::resolve
