// SPDX-License-Identifier: Apache-2.0
// The resolver's table: questions with their answers, oldest forgotten first. Used by resolver alone.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "daemon/base/time.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/resolve/answer.h"

namespace sluice::resolve {

class Memory {
 public:
  struct Entry {
    detection::NameOracle::State state = detection::NameOracle::State::pending;
    Answer answer;
    KernelTime until;  // not believed from then on; of no meaning while pending
  };

  explicit Memory(std::size_t max_entries) : max_entries_(max_entries) {}

  // Null where nothing is kept, or nothing that still holds.
  [[nodiscard]] Entry* find(const std::string& question, KernelTime now) {
    const auto found = entries_.find(question);
    if (found == entries_.end()) return nullptr;
    const bool pending = found->second.entry.state == detection::NameOracle::State::pending;
    if (pending || now < found->second.entry.until) return &found->second.entry;
    ages_.erase(found->second.age);
    entries_.erase(found);
    return nullptr;
  }

  // A new, pending entry. Gives how many were forgotten to make room. Entries that are pending are not
  // forgotten: there are at most as many of them as questions on the way.
  std::uint64_t add(const std::string& question) {
    std::uint64_t forgotten = 0;
    for (std::size_t looked = 0; entries_.size() >= max_entries_ && looked < entries_.size(); ++looked) {
      const auto oldest = entries_.find(ages_.front());
      if (oldest->second.entry.state == detection::NameOracle::State::pending) {
        ages_.splice(ages_.end(), ages_, ages_.begin());
        continue;
      }
      entries_.erase(oldest);
      ages_.pop_front();
      ++forgotten;
    }
    ages_.push_back(question);
    entries_[question].age = std::prev(ages_.end());
    return forgotten;
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Kept {
    Entry entry;
    std::list<std::string>::iterator age;
  };

  std::size_t max_entries_;
  std::list<std::string> ages_;  // oldest first
  std::unordered_map<std::string, Kept> entries_;
};

}  // namespace sluice::resolve
