// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/agents/catalogue.h"

#include <array>
#include <optional>

#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <re2/re2.h>

namespace sluice::detection {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view text) {
  return {text.data(), text.size()};
}

struct Tag {
  std::string_view text;
  AgentClass agent_class;
};

// What the tags of crawler-user-agents mean here; an entry with several is what stands first in this list.
// The other tags (search-engine, seo, advertising, social-preview, archiver, academic) are crawlers.
constexpr std::array<Tag, 6> kTags = {{{"browser-automation", AgentClass::automation},
                                       {"ai-crawler", AgentClass::ai_crawler},
                                       {"scanner", AgentClass::scanner},
                                       {"http-library", AgentClass::library},
                                       {"monitoring", AgentClass::uptime_probe},
                                       {"feed-reader", AgentClass::feed_reader}}};

AgentClass class_of(const json::object& entry) {
  const json::value* tags = entry.if_contains("tags");
  if (tags == nullptr || !tags->is_array()) return AgentClass::crawler;
  for (const Tag& known : kTags) {
    for (const json::value& tag : tags->get_array()) {
      if (tag.is_string() && view(tag.get_string()) == known.text) return known.agent_class;
    }
  }
  return AgentClass::crawler;
}

void take_pattern(const json::value& value, std::size_t number, AgentCatalogue& catalogue) {
  const json::object* entry = value.if_object();
  const json::value* pattern = entry != nullptr ? entry->if_contains("pattern") : nullptr;
  if (pattern == nullptr || !pattern->is_string()) {
    catalogue.faults.push_back(fmt::format("entry {}: has no text \"pattern\"", number));
    return;
  }
  const std::string_view text = view(pattern->get_string());
  if (text.empty() || text.size() > AgentCatalogue::kMaxPattern) {
    catalogue.faults.push_back(
        fmt::format("entry {}: the pattern must have 1 to {} bytes", number, AgentCatalogue::kMaxPattern));
    return;
  }
  catalogue.entries.push_back({std::string(text), std::string(text), class_of(*entry)});
}

// The name as a word of its own: "Code" is not in "Barcode/2".
void take_name(std::string_view name, AgentCatalogue& catalogue) {
  constexpr std::size_t kShortest = 3;
  if (name.size() < kShortest || name.size() > AgentCatalogue::kMaxPattern) {
    catalogue.faults.push_back(fmt::format("'{}': a name must have {} to {} bytes", name.substr(0, 64),
                                           kShortest, AgentCatalogue::kMaxPattern));
    return;
  }
  const std::string quoted = re2::RE2::QuoteMeta(re2::StringPiece(name.data(), name.size()));
  catalogue.entries.push_back({std::string(name), fmt::format("(?i)(?:^|[^a-z0-9]){}(?:[^a-z0-9]|$)", quoted),
                               AgentClass::ai_crawler});
}

}  // namespace

Result<AgentCatalogue> parse_agent_catalogue(std::string_view text) {
  boost::system::error_code failure;
  const json::value document = json::parse(json::string_view(text.data(), text.size()), failure);
  if (failure) return Error(fmt::format("is not JSON: {}", failure.message()));
  AgentCatalogue catalogue;
  if (const json::array* entries = document.if_array()) {
    std::size_t number = 0;
    for (const json::value& entry : *entries) {
      if (++number > AgentCatalogue::kMaxEntries) break;
      take_pattern(entry, number, catalogue);
    }
    if (entries->size() > AgentCatalogue::kMaxEntries)
      catalogue.faults.push_back(fmt::format("entries beyond {} are left out", AgentCatalogue::kMaxEntries));
    return catalogue;
  }
  if (const json::object* names = document.if_object()) {
    if (names->size() > AgentCatalogue::kMaxEntries)
      return Error(fmt::format("holds more than {} names", AgentCatalogue::kMaxEntries));
    for (const auto& [name, details] : *names) {
      static_cast<void>(details);
      take_name(view(name), catalogue);
    }
    return catalogue;
  }
  return Error("holds neither an array of patterns nor an object of names");
}

}  // namespace sluice::detection
