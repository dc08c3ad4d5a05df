// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/robots_rules.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/detection/site/target.h"

namespace sluice::detection {
namespace {

constexpr std::size_t kMaxAgents = 500;  // groups; published lists of AI crawlers name under 200
constexpr double kMaxDelay = 86'400;

// What a product token is made of; "Googlebot/2.1" names Googlebot.
bool is_token(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_';
}

std::string_view product_token(std::string_view value) {
  if (value == "*") return value;
  return value.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(value, is_token) - value.begin()));
}

// Whether `word` (lower case) stands in `text` with nothing of a word on either side.
bool has_word(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return lower(a) == b; };
  for (auto from = text.begin(); from != text.end();) {
    const auto found = std::search(from, text.end(), word.begin(), word.end(), same);
    if (found == text.end()) return false;
    const auto after = found + static_cast<std::ptrdiff_t>(word.size());
    if ((found == text.begin() || !is_token(*(found - 1))) && (after == text.end() || !is_token(*after)))
      return true;
    from = found + 1;
  }
  return false;
}

struct Line {
  std::string key;  // lower case
  std::string_view value;
};

Line next_line(std::string_view& text) {
  const auto end = text.find_first_of("\n\r");
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  line = line.substr(0, line.find('#'));
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  return {lowered(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1))};
}

double read_delay(std::string_view value) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  return error == std::errc() && seconds > 0 && seconds <= kMaxDelay ? seconds : 0;
}

}  // namespace

bool RobotsRules::Group::matches(const Rule& rule, std::string_view target) {
  // The first part begins the path; each further one is taken where it first occurs, which leaves most for
  // those after it: no way back is ever needed.
  if (!target.starts_with(rule.parts.front())) return false;
  std::size_t at = rule.parts.front().size();
  for (std::size_t i = 1; i < rule.parts.size(); ++i) {
    const std::string& part = rule.parts[i];
    if (rule.whole && i + 1 == rule.parts.size())
      return target.size() - at >= part.size() && target.ends_with(part);
    const auto found = target.find(part, at);
    if (found == std::string_view::npos) return false;
    at = found + part.size();
  }
  return !rule.whole || at == target.size();
}

bool RobotsRules::Group::disallows(std::string_view target) const {
  target = target.substr(0, kMaxPath);
  if (target == "/robots.txt") return false;  // RFC 9309, 2.2.2
  const auto rule = std::ranges::find_if(rules_, [&](const Rule& r) { return matches(r, target); });
  return rule != rules_.end() && !rule->allow;
}

std::size_t RobotsRules::open_group(std::string_view agent) {
  const std::string name = lowered(agent);
  const auto known = std::ranges::find(groups_, name, &Group::agent_);
  const auto index = static_cast<std::size_t>(known - groups_.begin());
  if (index == groups_.size()) groups_.emplace_back().agent_ = name;
  return index;
}

// A part of a pattern as a normalised target has it: the path is decoded, the query is not.
std::string RobotsRules::read_part(std::string_view part, bool& in_query) {
  const std::string_view path = in_query ? std::string_view() : part.substr(0, part.find('?'));
  in_query = in_query || path.size() < part.size();
  return without_escapes(path).append(part.substr(path.size()));
}

RobotsRules::Group::Rule RobotsRules::read_rule(std::string_view pattern, bool allow) {
  Group::Rule rule;
  rule.allow = allow;
  rule.length = pattern.size();
  rule.whole = pattern.back() == '$';
  std::string_view rest = pattern.substr(0, pattern.size() - (rule.whole ? 1 : 0));
  bool in_query = false;
  for (auto star = rest.find('*'); star != std::string_view::npos; star = rest.find('*')) {
    // Stars side by side say no more than one.
    if (star > 0 || rule.parts.empty()) rule.parts.push_back(read_part(rest.substr(0, star), in_query));
    rest.remove_prefix(star + 1);
  }
  rule.parts.push_back(read_part(rest, in_query));
  return rule;
}

RobotsRules RobotsRules::parse(std::string_view text, std::vector<std::string>& faults) {
  RobotsRules rules;
  if (text.size() > kMaxBytes) {
    faults.push_back(
        fmt::format("what stands after the first {} KiB is left out, as robots do", kMaxBytes / 1024));
    text = text.substr(0, kMaxBytes);
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<std::size_t> open;  // the groups that the next rules are for
  bool naming = false;            // the last line that counts was a user-agent
  std::size_t left_out = 0;
  std::size_t kept = 0;
  while (!text.empty()) {
    const auto [key, value] = next_line(text);
    if (key == "user-agent") {
      if (!naming) open.clear();
      naming = true;
      const std::string_view agent = product_token(value);
      if (agent.empty()) continue;
      if (rules.groups_.size() < kMaxAgents) {
        open.push_back(rules.open_group(agent));
      } else {
        ++left_out;
      }
    } else if (key == "allow" || key == "disallow") {
      naming = false;
      if (value.empty() || value.size() > kMaxPath || (value.front() != '/' && value.front() != '*'))
        continue;
      const Group::Rule rule = read_rule(value, key == "allow");
      for (const std::size_t group : open) {
        if (kept++ < kMaxRules) {
          rules.groups_[group].rules_.push_back(rule);
        } else {
          ++left_out;
        }
      }
    } else if (key == "crawl-delay") {
      naming = false;
      for (const std::size_t group : open)
        rules.groups_[group].crawl_delay_ = read_delay(value);
    }
  }
  if (left_out > 0) {
    faults.push_back(fmt::format("{} entries beyond {} rules and {} user agents are left out", left_out,
                                 kMaxRules, kMaxAgents));
  }
  for (Group& group : rules.groups_) {
    std::ranges::stable_sort(group.rules_, [](const Group::Rule& a, const Group::Rule& b) {
      return a.length != b.length ? a.length > b.length : a.allow && !b.allow;
    });
  }
  // The longest token that stands in a user agent is found first.
  std::ranges::stable_sort(rules.groups_, std::ranges::greater(),
                           [](const Group& group) { return group.agent_.size(); });
  return rules;
}

const RobotsRules::Group* RobotsRules::group_for(std::string_view user_agent) const {
  const Group* anybody = nullptr;
  for (const Group& group : groups_) {
    if (group.agent_ == "*") {
      anybody = &group;
    } else if (has_word(user_agent, group.agent_)) {
      return &group;
    }
  }
  return anybody;
}

}  // namespace sluice::detection
