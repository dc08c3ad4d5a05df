// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/list_keys.h"

#include <algorithm>

#include <re2/re2.h>

#include "daemon/config/row.h"
#include "daemon/config/value.h"
#include "daemon/lists/formats/json_ranges.h"
#include "daemon/lists/sync/source.h"

namespace sluice::config {
namespace {

using decisions::Rate;
using lists::ListAction;
using lists::ListFormat;
using lists::ListOptions;

const auto list_rate = [](auto& list) -> auto& {
  return list.rate;
};

Result<void> check_digest(std::string_view text) {
  const bool good = text.empty() || (text.size() == 64 && std::ranges::all_of(text, [](char c) {
                                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                                     }));
  if (good) return {};
  return Error(fmt::format("{} is not 64 hexadecimal digits in small letters, as sha256sum writes them",
                           in_quotes(text)));
}

Result<void> check_path_of_json(std::string_view text) {
  if (const auto checked = lists::check_json_path(text); !checked)
    return Error(fmt::format("{} {}", in_quotes(text), checked.error().message()));
  return {};
}

Result<void> check_pattern_of_agent(std::string_view text) {
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 pattern(text, options);
  if (pattern.ok()) return {};
  return Error(fmt::format("{} is not a pattern: {}", in_quotes(text), pattern.error()));
}

Result<void> check_type(std::string_view text) {
  const bool good = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (good) return {};
  return Error(fmt::format("{} is not a type of CrowdSec's decisions, such as \"ban\" or \"captcha\"",
                           in_quotes(text)));
}

// CrowdSec says what changed since the last question, so that it can be asked often.
constexpr Seconds kCrowdsecEvery{10};
constexpr Seconds kCrowdsecTimeout{10};
constexpr Seconds kShortestEvery{60};  // of any other list
constexpr Seconds kLongestEvery{30 * 86'400};

// A key that goes with some lists only.
struct Condition {
  const char* key;
  bool applies;           // to this list
  bool needed;            // where it applies
  std::string_view when;  // it applies: "with action = \"throttle\""
};

}  // namespace

std::vector<Key<ListOptions>> list_keys() {
  const Choice<ListAction> action{{{"block", ListAction::block},
                                   {"throttle", ListAction::throttle},
                                   {"allow", ListAction::allow},
                                   {"verify_crawler", ListAction::verify_crawler},
                                   {"trusted_proxy", ListAction::trusted_proxy}}};
  const Choice<ListFormat> format{{{"netset", ListFormat::netset},
                                   {"csv", ListFormat::csv},
                                   {"json", ListFormat::json},
                                   {"geofeed", ListFormat::geofeed},
                                   {"aws", ListFormat::aws},
                                   {"azure", ListFormat::azure},
                                   {"cloudflare", ListFormat::cloudflare},
                                   {"fastly", ListFormat::fastly},
                                   {"google", ListFormat::google},
                                   {"oracle", ListFormat::oracle},
                                   {"crawlers", ListFormat::crawlers},
                                   {"crowdsec", ListFormat::crowdsec}}};
  const Whole<std::uint32_t> rate{1, 1'000'000};
  const Text column{"a column", "1", 0, 64, check_nothing};
  const Text last_column{"a column", "2", 0, 64, check_nothing};
  const Choice<std::string> separator{{{",", ","}, {";", ";"}, {"|", "|"}, {"\t", "\t"}}};
  const List<Text> paths{{"a path", "prefixes.ipv4Prefix", 1, 256, check_path_of_json}, 0, 8};
  const Text user_agent{"a pattern", "(?i)examplebot", 0, 256, check_pattern_of_agent};
  const Text digest{"a checksum", "", 0, 64, check_digest};
  const Duration<Seconds> every{Seconds(1), kLongestEvery};
  const List<Text> types{{"a type of CrowdSec's decisions", "ban", 1, 64, check_type}, 1, 8};
  const Duration<Seconds> timeout{Seconds(1), Seconds(3600)};
  constexpr Trait kOptional = Trait::optional;
  return {
      key<ListOptions>("name", list_name(), kItself, &ListOptions::name, Trait::unique),
      key<ListOptions>("source", list_source(), kItself, &ListOptions::source, Trait::required),
      key<ListOptions>("action", action, kItself, &ListOptions::action, Trait::required),
      key<ListOptions>("rate", rate, list_rate, &Rate::packets_per_second, kOptional),
      key<ListOptions>("burst", rate, list_rate, &Rate::burst, kOptional),
      key<ListOptions>("user_agent", user_agent, kItself, &ListOptions::user_agent, kOptional),
      key<ListOptions>("complete", Boolean{}, kItself, &ListOptions::complete, kOptional),
      key<ListOptions>("priority", Whole<std::int32_t>{-1000, 1000}, kItself, &ListOptions::priority,
                       kOptional),
      key<ListOptions>("format", format, kItself, &ListOptions::format, kOptional),
      key<ListOptions>("column", column, kItself, &ListOptions::column, kOptional),
      key<ListOptions>("last_column", last_column, kItself, &ListOptions::last_column, kOptional),
      key<ListOptions>("separator", separator, kItself, &ListOptions::separator, kOptional),
      key<ListOptions>("paths", paths, kItself, &ListOptions::paths, kOptional),
      key<ListOptions>("key_file", optional_path(), kItself, &ListOptions::key_file, Trait::distinct),
      key<ListOptions>("types", types, kItself, &ListOptions::types, kOptional),
      key<ListOptions>("every", every, kItself, &ListOptions::every, kOptional),
      key<ListOptions>("timeout", timeout, kItself, &ListOptions::timeout, kOptional),
      key<ListOptions>("max_size_mib", Whole<std::uint32_t>{1, 1024}, kItself, &ListOptions::max_size_mib,
                       kOptional),
      key<ListOptions>("max_entries", Whole<std::uint32_t>{1, 50'000'000}, kItself, &ListOptions::max_entries,
                       kOptional),
      key<ListOptions>("max_shrink", Real{0, 1}, kItself, &ListOptions::max_shrink, kOptional),
      key<ListOptions>("max_growth", Real{0, 1}, kItself, &ListOptions::max_growth, kOptional),
      key<ListOptions>("sha256", digest, kItself, &ListOptions::sha256, kOptional),
      key<ListOptions>("public_key", optional_path(), kItself, &ListOptions::public_key, kOptional),
      key<ListOptions>("ca", optional_path(), kItself, &ListOptions::ca, kOptional),
  };
}

void check_list(ListOptions& list, const toml::table& table, const Place& place) {
  const bool throttles = list.action == ListAction::throttle;
  const bool is_csv = list.format == ListFormat::csv;
  const bool is_json = list.format == ListFormat::json;
  const bool verifies = list.action == ListAction::verify_crawler;
  const bool names_crawlers = list.format == ListFormat::crawlers;
  const bool is_crowdsec = list.format == ListFormat::crowdsec;
  const bool is_remote = lists::is_url(list.source);
  const std::string_view kThrottle = "action = \"throttle\"";
  const std::string_view kVerify = "action = \"verify_crawler\" and a format other than \"crawlers\"";
  const Condition conditions[] = {
      {"rate", throttles, true, kThrottle},
      {"burst", throttles, true, kThrottle},
      {"user_agent", verifies && !names_crawlers, true, kVerify},
      {"complete", verifies && !names_crawlers, false, kVerify},
      {"column", is_csv, true, "format = \"csv\""},
      {"last_column", is_csv, false, "format = \"csv\""},
      {"separator", is_csv, false, "format = \"csv\""},
      {"paths", is_json, true, "format = \"json\""},
      {"timeout", is_remote, false, "a URL for its source"},
      {"ca", is_remote, false, "a URL for its source"},
      {"key_file", is_crowdsec, true, "format = \"crowdsec\""},
      {"types", is_crowdsec, false, "format = \"crowdsec\""},
      {"max_shrink", !is_crowdsec, false, "a format other than \"crowdsec\""},
      {"sha256", !is_crowdsec, false, "a format other than \"crowdsec\""},
      {"public_key", !is_crowdsec, false, "a format other than \"crowdsec\""},
  };
  for (const Condition& condition : conditions) {
    const Place inner{place.report, fmt::format("{}.{}", place.key, condition.key)};
    const toml::node* node = table.get(condition.key);
    if (condition.applies && condition.needed && node == nullptr) {
      inner.refuse(table, fmt::format("missing; a list with {} needs it", condition.when));
    } else if (!condition.applies && node != nullptr) {
      inner.refuse(*node, fmt::format("only a list with {} has it; take it out", condition.when));
    }
  }
  if (names_crawlers && !verifies) {
    const Place inner{place.report, place.key + ".format"};
    inner.refuse(*table.get("format"), "\"crawlers\" goes with action = \"verify_crawler\" alone");
  }
  const auto refuse = [&](const char* key, std::string_view why) {
    const toml::node* node = table.get(key);
    const Place inner{place.report, fmt::format("{}.{}", place.key, key)};
    inner.refuse(node == nullptr ? table : *node, std::string(why));
  };
  if (!is_crowdsec) {
    if (list.every < kShortestEvery)
      refuse("every", fmt::format("{} is out of range: {} to {}", format_duration(list.every),
                                  format_duration(kShortestEvery), format_duration(kLongestEvery)));
    return;
  }
  if (table.get("every") == nullptr) list.every = kCrowdsecEvery;
  if (table.get("timeout") == nullptr) list.timeout = kCrowdsecTimeout;
  if (list.action != ListAction::block && list.action != ListAction::throttle)
    refuse("action", "a list with format = \"crowdsec\" blocks or throttles");
  if (!is_remote || list.source.find('?') != std::string::npos)
    refuse("source", "is to be the local API of CrowdSec alone, such as \"http://127.0.0.1:8080\"");
}

}  // namespace sluice::config
