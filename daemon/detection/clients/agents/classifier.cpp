// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/agents/classifier.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

#include "daemon/detection/clients/agents/browser.h"
#include "daemon/detection/clients/agents/known.h"

namespace sluice::detection {
namespace {

// The automaton's states, made as texts are met; RE2 begins anew when it is full.
constexpr std::int64_t kMaxPatternMemory = 64LL << 20;

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // a user agent is any bytes
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  return options;
}

// Which class tells more where several patterns match: a scanner that names its library is a scanner.
int rank(AgentClass agent_class) {
  switch (agent_class) {
    case AgentClass::scanner:
      return 6;
    case AgentClass::automation:
      return 5;
    case AgentClass::ai_crawler:
      return 4;
    case AgentClass::uptime_probe:
    case AgentClass::feed_reader:
      return 3;
    case AgentClass::library:
      return 2;
    default:
      return 1;
  }
}

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  // A multiplication and a shift for eight bytes; the seed is in every step, through the state.
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
  std::uint64_t hash = seed ^ (text.size() * kOdd);
  while (!text.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min<std::size_t>(text.size(), sizeof word);
    std::memcpy(&word, text.data(), size);
    text.remove_prefix(size);
    hash = (hash ^ word) * kOdd;
    hash ^= hash >> 32U;
  }
  hash *= 0xbf58476d1ce4e5b9ULL;
  return hash ^ hash >> 29U;
}

// RFC 9110, 10.1.5 would have robots say how to reach whoever runs them; the "+" is the custom, and browsers
// have no such part.
bool names_a_page(std::string_view text) {
  return text.find("+http://") != std::string_view::npos || text.find("+https://") != std::string_view::npos;
}

bool is_empty(std::string_view text) {
  return text.find_first_not_of(" \t-") == std::string_view::npos;
}

}  // namespace

class Classifier::Patterns {
 public:
  re2::RE2::Set set{options(), re2::RE2::UNANCHORED};
};

Classifier::Classifier(const std::vector<AgentCatalogue>& catalogues, std::uint64_t seed)
    : patterns_(std::make_unique<Patterns>()), slots_(kRemembered), seed_(seed) {
  for (const BuiltInAgent& known : known_agents())
    add(known.name, known.pattern, known.agent_class, true);
  assert(refused_.empty());
  for (const AgentCatalogue& catalogue : catalogues) {
    for (const AgentPattern& entry : catalogue.entries)
      add(entry.name, entry.pattern, entry.agent_class, false);
  }
  if (!patterns_->set.Compile()) {
    refused_.emplace_back(
        "the patterns together are too many for one automaton: only the built-in ones are used");
    patterns_ = std::make_unique<Patterns>();
    entries_.clear();
    for (const BuiltInAgent& known : known_agents())
      add(known.name, known.pattern, known.agent_class, true);
    if (!patterns_->set.Compile()) std::abort();
  }
}

Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

void Classifier::add(std::string_view name, std::string_view pattern, AgentClass agent_class, bool built_in) {
  std::string fault;
  if (patterns_->set.Add(re2::StringPiece(pattern.data(), pattern.size()), &fault) < 0) {
    refused_.push_back(fmt::format("'{}': {}", pattern, fault));
    return;
  }
  entries_.push_back({std::string(name), agent_class, built_in});
}

const Agent& Classifier::classify(std::string_view user_agent) {
  user_agent = user_agent.substr(0, kMaxBytes);
  // Zero marks a free slot. Two texts with the same 64 bits would be taken for each other: by chance one pair
  // in 2^64, and not by choice without the seed.
  const std::uint64_t hash = hash_of(user_agent, seed_) | 1U;
  Slot& slot = slots_[(hash >> 32U) % kRemembered];
  if (slot.hash == hash) {
    ++hits_;
  } else {
    slot.agent = read(user_agent);
    slot.hash = hash;
  }
  return slot.agent;
}

const Classifier::Entry* Classifier::match(std::string_view user_agent) {
  matched_.clear();
  re2::RE2::Set::ErrorInfo info{};
  const re2::StringPiece text(user_agent.data(), user_agent.size());
  if (!patterns_->set.Match(text, &matched_, &info)) {
    if (info.kind == re2::RE2::Set::kOutOfMemory) ++out_of_memory_;
    return nullptr;
  }
  // Built-in entries before the files', the class that says most, then the order of the lists.
  const auto better = [this](int left, int right) {
    const Entry& a = entries_[static_cast<std::size_t>(left)];
    const Entry& b = entries_[static_cast<std::size_t>(right)];
    if (a.built_in != b.built_in) return a.built_in;
    if (rank(a.agent_class) != rank(b.agent_class)) return rank(a.agent_class) > rank(b.agent_class);
    return left < right;
  };
  const auto best = std::ranges::min_element(matched_, better);
  return best != matched_.end() ? &entries_[static_cast<std::size_t>(*best)] : nullptr;
}

Agent Classifier::read(std::string_view user_agent) {
  Agent agent;
  if (is_empty(user_agent)) {
    agent.agent_class = AgentClass::empty;
    return agent;
  }
  agent.claim = read_browser_claim(user_agent);
  if (const Entry* entry = match(user_agent)) {
    agent.agent_class = entry->agent_class;
    agent.by_list = !entry->built_in;
    agent.name = entry->name;
  } else if (names_a_page(user_agent)) {
    agent.agent_class = AgentClass::crawler;
    agent.name = "a robot that names its page";
  } else if (!agent.claim.impossible.empty()) {
    agent.agent_class = AgentClass::impossible;
  } else if (agent.claim.browser != Browser::none) {
    agent.agent_class = AgentClass::browser;
  }
  return agent;
}

std::string_view to_text(AgentClass agent_class) {
  constexpr std::array<std::string_view, 11> kNames = {
      "unknown", "empty",       "browser",      "library", "automation", "ai_crawler",
      "crawler", "feed_reader", "uptime_probe", "scanner", "impossible"};
  return kNames.at(static_cast<std::size_t>(agent_class));
}

std::string_view to_text(Browser browser) {
  constexpr std::array<std::string_view, 8> kNames = {"none",    "Chrome",  "Edge",   "Opera",
                                                      "Samsung", "Firefox", "Safari", "another browser"};
  return kNames.at(static_cast<std::size_t>(browser));
}

}  // namespace sluice::detection
