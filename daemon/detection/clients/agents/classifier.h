// SPDX-License-Identifier: Apache-2.0
// Says what a user agent claims to be, from its own reading (browser.h), the built-in list (known.h) and an
// operator's catalogues (catalogue.h). Patterns are compiled once, into one automaton; what it said of a text
// is remembered, so that a request costs a hash of its user agent and one look-up: 45 ns. A text not met
// before costs 1.3 microseconds where it looks like a browser's, with 1,756 patterns; random bytes, for which
// the automaton has to make new states, 20 to 80.
//
// To join it: one Classifier beside the detector, made anew on reload; classify(request.user_agent) for each
// request. A class is no proof: `by_list` marks a class that only a pattern of a file gives (16 of 555 real
// browsers match one of a published list), and such a match alone must never block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/detection/clients/agents/agent.h"
#include "daemon/detection/clients/agents/catalogue.h"

namespace sluice::detection {

class Classifier {
 public:
  // Texts remembered; a new one takes the place of an old one of the same slot.
  static constexpr std::size_t kRemembered = 8192;
  static constexpr std::size_t kMaxBytes = 1024;  // of a user agent; what follows is not read

  // `seed` is random: strangers must not choose texts that meet in one slot. Patterns that RE2 refuses (look
  // around, for one) are left out and named by refused().
  Classifier(const std::vector<AgentCatalogue>& catalogues, std::uint64_t seed);
  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;
  ~Classifier();

  // Valid until the next call.
  [[nodiscard]] const Agent& classify(std::string_view user_agent);

  [[nodiscard]] std::size_t patterns() const { return entries_.size(); }
  // "'(?!x)y': invalid perl operator: (?!", one for each pattern left out.
  [[nodiscard]] const std::vector<std::string>& refused() const { return refused_; }
  // Texts whose patterns could not be matched because the automaton ran out of its memory; they were
  // classified without patterns.
  [[nodiscard]] std::uint64_t out_of_memory() const { return out_of_memory_; }
  [[nodiscard]] std::uint64_t remembered() const { return hits_; }  // calls answered from memory

 private:
  struct Entry {
    std::string name;
    AgentClass agent_class;
    bool built_in;
  };
  struct Slot {
    std::uint64_t hash = 0;
    Agent agent;
  };
  class Patterns;

  void add(std::string_view name, std::string_view pattern, AgentClass agent_class, bool built_in);
  [[nodiscard]] Agent read(std::string_view user_agent);
  // The entry that says most of the ones that match; null when none does.
  [[nodiscard]] const Entry* match(std::string_view user_agent);

  std::unique_ptr<Patterns> patterns_;
  std::vector<Entry> entries_;  // by the automaton's numbers
  std::vector<std::string> refused_;
  std::vector<int> matched_;
  std::vector<Slot> slots_;
  std::uint64_t seed_;
  std::uint64_t out_of_memory_ = 0;
  std::uint64_t hits_ = 0;
};

}  // namespace sluice::detection
