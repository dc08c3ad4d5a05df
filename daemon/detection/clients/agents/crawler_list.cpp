// SPDX-License-Identifier: Apache-2.0
// The text forms of crawlers.h.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "daemon/detection/clients/agents/crawlers.h"

namespace sluice::detection {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxLine = 1U << 20U;  // bytes; the longest published has 5 kilobytes
constexpr std::size_t kMaxRanges = 100'000;  // of one list
constexpr std::size_t kMaxCrawlers = 1'000;  // of one file

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// Calls take(number, line) for each line that is neither empty nor a comment, until one gives false.
template <class Take>
void for_each_line(std::string_view text, Take&& take) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto newline = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, newline));
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (!line.empty() && line.front() != '#' && !take(number, line)) return;
  }
}

std::string text_of(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(json::string_view(member.data(), member.size()));
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// The texts of an array; a member that is something else, or holds something else, is an error.
Result<std::vector<std::string>> texts_of(const json::object& object, std::string_view member) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(json::string_view(member.data(), member.size()));
  if (value == nullptr) return texts;
  if (!value->is_array()) return Error(fmt::format("\"{}\" must be an array of texts", member));
  for (const json::value& item : value->get_array()) {
    if (!item.is_string()) return Error(fmt::format("\"{}\" must be an array of texts", member));
    texts.emplace_back(item.get_string());
  }
  return texts;
}

Result<std::vector<Prefix>> prefixes_of(const std::vector<std::string>& texts) {
  if (texts.size() > kMaxRanges) return Error(fmt::format("more than {} ranges", kMaxRanges));
  std::vector<Prefix> prefixes;
  for (const std::string& text : texts) {
    auto prefix = Prefix::parse(text);
    if (!prefix) return prefix.error();
    prefixes.push_back(*prefix);
  }
  return prefixes;
}

Result<json::object> parse_object(std::string_view text) {
  if (text.size() > kMaxLine) return Error(fmt::format("is longer than {} bytes", kMaxLine));
  boost::system::error_code failure;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failure);
  if (failure) return Error(fmt::format("is not JSON: {}", failure.message()));
  if (!value.is_object()) return Error("is not a JSON object");
  return std::move(value.get_object());
}

Result<CrawlerOptions> parse_crawler(std::string_view line) {
  const auto object = parse_object(line);
  if (!object) return object.error();
  CrawlerOptions crawler;
  crawler.name = text_of(*object, "name");
  crawler.user_agent = text_of(*object, "user_agent");
  if (crawler.name.empty() || crawler.user_agent.empty())
    return Error(R"(must have a "name" and a "user_agent")");
  auto domains = texts_of(*object, "rdns");
  if (!domains) return domains.error();
  const auto ranges = texts_of(*object, "ranges");
  if (!ranges) return ranges.error();
  auto prefixes = prefixes_of(*ranges);
  if (!prefixes) return prefixes.error().in(crawler.name);
  if (domains->empty() && prefixes->empty())
    return Error(fmt::format("{}: must have \"rdns\" or \"ranges\"", crawler.name));
  crawler.domains = std::move(*domains);
  crawler.ranges = std::move(*prefixes);
  const json::value* complete = object->if_contains("complete");
  crawler.ranges_complete =
      crawler.domains.empty() && !(complete != nullptr && complete->is_bool() && !complete->get_bool());
  return crawler;
}

// {"prefixes": [{"ipv4Prefix": ...}, ...]}
Result<std::vector<Prefix>> parse_published(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return object.error();
  const json::value* list = object->if_contains("prefixes");
  if (list == nullptr || !list->is_array()) return Error(R"(has no array "prefixes")");
  std::vector<std::string> texts;
  for (const json::value& item : list->get_array()) {
    const json::object* entry = item.if_object();
    std::string prefix = entry != nullptr ? text_of(*entry, "ipv4Prefix") : std::string();
    if (prefix.empty() && entry != nullptr) prefix = text_of(*entry, "ipv6Prefix");
    if (prefix.empty())
      return Error(fmt::format("entry {} has neither \"ipv4Prefix\" nor \"ipv6Prefix\"", texts.size() + 1));
    texts.push_back(std::move(prefix));
  }
  return prefixes_of(texts);
}

}  // namespace

CrawlerList parse_crawlers(std::string_view text) {
  CrawlerList list;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    if (list.crawlers.size() == kMaxCrawlers) {
      list.faults.push_back(fmt::format("line {}: more than {} crawlers", number, kMaxCrawlers));
      return false;
    }
    auto crawler = parse_crawler(line);
    if (crawler) {
      list.crawlers.push_back(std::move(*crawler));
    } else {
      list.faults.push_back(fmt::format("line {}: {}", number, crawler.error().message()));
    }
    return true;
  });
  return list;
}

Result<std::vector<Prefix>> parse_crawler_ranges(std::string_view text) {
  if (trimmed(text).starts_with('{')) return parse_published(trimmed(text));
  std::vector<Prefix> prefixes;
  std::optional<Error> fault;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    auto prefix = Prefix::parse(trimmed(line.substr(0, line.find('#'))));
    if (!prefix) {
      fault = prefix.error().in(fmt::format("line {}", number));
    } else if (prefixes.size() == kMaxRanges) {
      fault = Error(fmt::format("line {}: more than {} ranges", number, kMaxRanges));
    } else {
      prefixes.push_back(*prefix);
    }
    return !fault;
  });
  if (fault) return *fault;
  return prefixes;
}

}  // namespace sluice::detection
