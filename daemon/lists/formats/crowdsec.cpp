// SPDX-License-Identifier: Apache-2.0
// The text: lines of id, end (seconds since 1970), scope, value, type, origin and scenario with tabs between.
#include "daemon/lists/formats/crowdsec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "daemon/base/text.h"
#include "daemon/lists/formats/entry_reader.h"
#include "daemon/lists/formats/json_ranges.h"

namespace sluice::lists {
namespace {

namespace dom = simdjson::dom;

// 2200-01-01: within WallTime, and a fixed moment, so that the end of a decision that is as good as for ever
// is the same whenever it is asked for.
constexpr std::int64_t kLatest = 7'258'118'400;
// An answer says how long a decision still lasts, so that each answer gives another end to within this.
constexpr std::int64_t kJitter = 2;
constexpr std::size_t kFields = 7;
constexpr std::size_t kMaxNames = 8;  // of scopes and types, in a report

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<Seconds>(time).time_since_epoch().count();
}
WallTime time_of(std::int64_t seconds) {
  return WallTime(Seconds(seconds));
}

template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

template <class Number>
bool parse_whole(std::string_view text, Number& number) {
  return take_number(text, number) && text.empty();
}

// As Go writes a duration: "3h59m58.25s", "-1.5s", "12ms". Seconds, rounded down; nothing where it is none or
// longer than Go's own can be.
std::optional<std::int64_t> parse_go_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 64) return std::nullopt;
  constexpr std::array<std::pair<std::string_view, double>, 7> kUnits = {
      {{"ms", 1e-3}, {"us", 1e-6}, {"\xc2\xb5s", 1e-6}, {"ns", 1e-9}, {"h", 3600}, {"m", 60}, {"s", 1}}};
  constexpr double kMost = 9.3e9;  // seconds: 2^63 nanoseconds
  double sum = 0;
  while (!text.empty()) {
    if (text.front() != '.' && (text.front() < '0' || text.front() > '9')) return std::nullopt;
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit =
        std::ranges::find_if(kUnits, [&](const auto& known) { return text.starts_with(known.first); });
    if (unit == kUnits.end()) return std::nullopt;
    text.remove_prefix(unit->first.size());
    sum += number * unit->second;
    if (!(sum <= kMost)) return std::nullopt;
  }
  return static_cast<std::int64_t>(std::floor(negative ? -sum : sum));
}

// An address, or a network whose host bits are cleared.
std::optional<Prefix> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  unsigned length = max_prefix_length(address->family());
  if (slash != std::string_view::npos &&
      (!parse_whole(text.substr(slash + 1), length) || length > max_prefix_length(address->family())))
    return std::nullopt;
  return Prefix(*address, length);
}

// Printable, and within bounds.
std::string clean(std::string_view text) {
  std::string kept(text.substr(0, CrowdsecDecisions::kMaxText));
  for (char& c : kept) {
    if (c < ' ' || c > '~') c = '?';
  }
  return kept;
}

// How many of what, by name: a few names, and the rest together.
class Tally {
 public:
  void count(const std::string& name) {
    const auto found = counts_.find(name);
    if (found != counts_.end()) {
      ++found->second;
    } else if (counts_.size() < kMaxNames) {
      counts_.emplace(name, 1);
    } else {
      ++rest_;
    }
  }
  void give(ListReport& report) const {
    for (const auto& [name, count] : counts_)
      report.not_for_packets.emplace_back(name, count);
    if (rest_ > 0) report.not_for_packets.emplace_back("other scopes and types", rest_);
  }

 private:
  std::map<std::string, std::size_t> counts_;
  std::size_t rest_ = 0;
};

}  // namespace

struct CrowdsecDecisions::Raw {
  std::uint64_t id = 0;
  std::int64_t until = 0;
  std::string_view scope;
  std::string_view value;
  std::string_view type;
  std::string_view scenario;
  std::string_view origin;

  [[nodiscard]] bool is_range() const { return equal_ignoring_case(scope, "range"); }
  [[nodiscard]] bool is_for_packets() const { return equal_ignoring_case(scope, "ip") || is_range(); }
  [[nodiscard]] auto other_key() const {
    return std::tuple<std::string, std::string, std::string>(clean(scope), clean(value), clean(type));
  }
};

CrowdsecDecisions::Word CrowdsecDecisions::word(std::string_view text) {
  std::string kept = clean(text);
  if (const auto known = word_index_.find(kept); known != word_index_.end()) return known->second;
  if (words_.size() >= kMaxWords) kept = "one of many";
  const auto [at, is_new] = word_index_.emplace(kept, static_cast<Word>(words_.size()));
  if (is_new) words_.push_back(std::move(kept));
  return at->second;
}

std::optional<CrowdsecDecisions::Kept> CrowdsecDecisions::keep(const Raw& raw) {
  const auto network = parse_network(raw.value);
  if (!network) return std::nullopt;
  return Kept{raw.id,         *network,           std::min(raw.until, kLatest),
              word(raw.type), word(raw.scenario), word(raw.origin),
              raw.is_range()};
}

void CrowdsecDecisions::sort() {
  // Among those of one key the longest is first.
  std::ranges::sort(kept_, [this](const Kept& a, const Kept& b) {
    return std::tuple(key_of(a), -a.until, a.id) < std::tuple(key_of(b), -b.until, b.id);
  });
  const auto same = [this](const Kept& a, const Kept& b) { return key_of(a) == key_of(b); };
  kept_.erase(std::unique(kept_.begin(), kept_.end(), same), kept_.end());
}

// Reads an answer into the decisions it is given.
class CrowdsecDecisions::Reader {
 public:
  Reader(CrowdsecDecisions& into, WallTime now, std::size_t most)
      : into_(into), now_(seconds_of(now)), most_(most) {}

  // The members of an answer: null, or a list of decisions.
  Result<void> read(const dom::object& answer, bool change, const CrowdsecDecisions& before) {
    std::vector<Raw> gone;
    std::vector<Raw> fresh;
    bool is_answer = false;
    for (const auto& [name, list] : {std::pair("deleted", &gone), std::pair("new", &fresh)}) {
      dom::element member;
      if (answer.at_key(name).get(member) != simdjson::SUCCESS) continue;
      is_answer = true;
      if (auto done = read_list(member, name, *list); !done) return done;
    }
    if (!is_answer) return Error("is no answer of CrowdSec's local API: it has neither `new` nor `deleted`");
    if (change) {
      take_over(before);
      remove(gone);
    }
    return add(fresh, before);
  }

 private:
  Result<void> read_list(const dom::element& member, std::string_view name, std::vector<Raw>& list) {
    if (member.is_null()) return {};
    dom::array array;
    if (member.get(array) != simdjson::SUCCESS)
      return Error(fmt::format("is no answer of CrowdSec's local API: `{}` is no list", name));
    for (const dom::element item : array) {
      if (list.size() == most_) return Error(fmt::format("holds more than {} decisions", most_));
      if (auto raw = read_one(item)) list.push_back(*raw);
    }
    return {};
  }

  std::optional<Raw> read_one(const dom::element& item) {
    Raw raw;
    const auto text = [&](const char* name, std::string_view& into) {
      return item[name].get(into) == simdjson::SUCCESS;
    };
    // The texts that only explain may be missing.
    if (item["id"].get(raw.id) != simdjson::SUCCESS) raw.id = 0;
    if (!text("scenario", raw.scenario)) raw.scenario = {};
    if (!text("origin", raw.origin)) raw.origin = {};
    if (!text("scope", raw.scope) || !text("value", raw.value) || !text("type", raw.type)) {
      refuse(raw.id, "it has no scope, value or type");
      return std::nullopt;
    }
    std::string_view duration;
    const auto lasts = text("duration", duration) ? parse_go_duration(duration) : std::nullopt;
    if (!lasts) {
      refuse(raw.id, fmt::format("'{}' is no duration", shown(duration)));
      return std::nullopt;
    }
    raw.until = now_ + *lasts;
    return raw;
  }

  void take_over(const CrowdsecDecisions& before) {
    into_ = before;
    std::erase_if(into_.kept_, [this](const Kept& kept) { return kept.until <= now_; });
    std::erase_if(into_.others_, [this](const auto& other) { return other.second <= now_; });
  }

  void remove(const std::vector<Raw>& gone) {
    std::set<std::tuple<Prefix, bool, std::string>> keys;
    for (const Raw& raw : gone) {
      if (!raw.is_for_packets()) {
        into_.others_.erase(raw.other_key());
      } else if (const auto network = parse_network(raw.value)) {
        // By what it is of, not by its id: where several were of the same, CrowdSec tells of the last one
        // only.
        keys.emplace(*network, raw.is_range(), clean(raw.type));
      }
    }
    if (keys.empty()) return;
    std::erase_if(into_.kept_, [&](const Kept& kept) {
      return keys.contains({kept.network, kept.is_range, into_.words_[kept.type]});
    });
  }

  Result<void> add(const std::vector<Raw>& fresh, const CrowdsecDecisions& before) {
    std::vector<Kept> added;
    for (const Raw& raw : fresh) {
      if (raw.until <= now_) {
        refuse(raw.id, "its end is past");
      } else if (!raw.is_for_packets()) {
        if (into_.others_.size() < kMaxOthers || into_.others_.contains(raw.other_key()))
          into_.others_[raw.other_key()] = std::min(raw.until, kLatest);
      } else if (auto kept = into_.keep(raw)) {
        kept->until = before.steady_end(into_.key_of(*kept), *kept);
        added.push_back(*kept);
      } else {
        refuse(raw.id, fmt::format("'{}' is not an IP address or range", shown(raw.value)));
      }
    }
    if (added.empty()) return {};
    // The newest word counts, also where it is a shorter one.
    std::set<std::tuple<Prefix, bool, Word>> keys;
    for (const Kept& kept : added)
      keys.emplace(kept.network, kept.is_range, kept.type);
    std::erase_if(into_.kept_, [&](const Kept& kept) {
      return keys.contains({kept.network, kept.is_range, kept.type});
    });
    into_.kept_.insert(into_.kept_.end(), added.begin(), added.end());
    into_.sort();
    if (into_.kept_.size() > most_) return Error(fmt::format("holds more than {} decisions", most_));
    return {};
  }

  void refuse(std::uint64_t id, std::string_view why) {
    if (into_.bad_++ < ListReport::kMaxFaults)
      into_.faults_.push_back(fmt::format("decision {}: {}", id, why));
  }

  CrowdsecDecisions& into_;
  std::int64_t now_;
  std::size_t most_;
};

// The end that is known of the same decision, where the new one says the same but for what the way took.
std::int64_t CrowdsecDecisions::steady_end(const Key& key, const Kept& kept) const {
  const auto at = std::ranges::lower_bound(kept_, key, {}, [this](const Kept& own) { return key_of(own); });
  if (at == kept_.end() || key_of(*at) != key || at->id != kept.id) return kept.until;
  return std::abs(at->until - kept.until) <= kJitter ? at->until : kept.until;
}

Result<CrowdsecDecisions> CrowdsecDecisions::read_answer(std::string_view json, bool change,
                                                         const CrowdsecDecisions& before, WallTime now,
                                                         std::size_t most) {
  if (json.size() > kMaxJsonBytes)
    return Error(fmt::format("larger than {} MiB, which is the most for JSON", kMaxJsonBytes >> 20U));
  const simdjson::padded_string padded(json);
  dom::parser parser;
  dom::element document;
  if (const auto error = parser.parse(padded).get(document); error != simdjson::SUCCESS)
    return Error(fmt::format("is not JSON: {}", simdjson::error_message(error)));
  dom::object answer;
  if (document.get(answer) != simdjson::SUCCESS)
    return Error("is no answer of CrowdSec's local API: it is no object");
  CrowdsecDecisions decisions;
  if (auto done = Reader(decisions, now, most).read(answer, change, before); !done) return done.error();
  return decisions;
}

Result<CrowdsecDecisions> CrowdsecDecisions::read_text(std::string_view text, WallTime now,
                                                       std::size_t most) {
  CrowdsecDecisions decisions;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::array<std::string_view, kFields> fields;
    for (std::string_view& field : fields) {
      field = line.substr(0, line.find('\t'));
      line.remove_prefix(std::min(line.size(), field.size() + 1));
    }
    Raw raw{0, 0, fields[2], fields[3], fields[4], fields[6], fields[5]};
    if (!parse_whole(fields[0], raw.id) || !parse_whole(fields[1], raw.until))
      return Error(fmt::format("line {}: is no decision", number));
    if (raw.until <= seconds_of(now)) continue;
    if (!raw.is_for_packets()) {
      if (decisions.others_.size() < kMaxOthers)
        decisions.others_[raw.other_key()] = std::min(raw.until, kLatest);
      continue;
    }
    const auto kept = decisions.keep(raw);
    if (!kept) return Error(fmt::format("line {}: '{}' is not an IP address", number, shown(raw.value)));
    if (decisions.kept_.size() == most) return Error(fmt::format("holds more than {} decisions", most));
    decisions.kept_.push_back(*kept);
  }
  decisions.sort();
  return decisions;
}

std::string CrowdsecDecisions::text() const {
  std::string text;
  for (const Kept& kept : kept_) {
    fmt::format_to(std::back_inserter(text), "{}\t{}\t{}\t{}\t{}\t{}\t{}\n", kept.id, kept.until,
                   kept.is_range ? "Range" : "Ip", kept.network.to_string(), words_[kept.type],
                   words_[kept.origin], words_[kept.scenario]);
  }
  for (const auto& [key, until] : others_) {
    const auto& [scope, value, type] = key;
    fmt::format_to(std::back_inserter(text), "0\t{}\t{}\t{}\t{}\t\t\n", until, scope, value, type);
  }
  return text;
}

CrowdsecDecisions CrowdsecDecisions::without_ended(WallTime now) const {
  CrowdsecDecisions left = *this;
  const std::int64_t second = seconds_of(now);
  std::erase_if(left.kept_, [&](const Kept& kept) { return kept.until <= second; });
  std::erase_if(left.others_, [&](const auto& other) { return other.second <= second; });
  return left;
}

std::optional<WallTime> CrowdsecDecisions::next_end() const {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  for (const Kept& kept : kept_)
    first = std::min(first, kept.until);
  for (const auto& [key, until] : others_)
    first = std::min(first, until);
  if (kept_.empty() && others_.empty()) return std::nullopt;
  return time_of(first);
}

void CrowdsecDecisions::add_entries(const std::vector<std::string>& types, ListNumber list, Entries& entries,
                                    ListReport& report) const {
  Tally tally;
  const Prefix* last = nullptr;  // in order, so that what is of one network stands together
  for (const Kept& kept : kept_) {
    if (std::ranges::find(types, words_[kept.type]) == types.end()) {
      tally.count("type " + words_[kept.type]);
      continue;
    }
    if (last != nullptr && *last == kept.network) continue;
    last = &kept.network;
    entries.add(kept.network, list);
    ++(kept.network.family() == Family::ipv4 ? report.entries_v4 : report.entries_v6);
  }
  for (const auto& [key, until] : others_)
    tally.count("scope " + std::get<0>(key));
  tally.give(report);
  report.bad_lines += bad_;
  report.faults.insert(report.faults.end(), faults_.begin(), faults_.end());
}

std::optional<CrowdsecDecisions::Decision> CrowdsecDecisions::find(
    const Prefix& network, const std::vector<std::string>& types) const {
  const Kept* found = nullptr;
  for (unsigned length = 0; length <= network.length(); ++length) {
    const Prefix holder(network.address(), length);
    auto at = std::ranges::lower_bound(kept_, holder, {}, &Kept::network);
    for (; at != kept_.end() && at->network == holder; ++at) {
      const bool wanted = std::ranges::find(types, words_[at->type]) != types.end();
      if (wanted && (found == nullptr || at->until > found->until)) found = &*at;
    }
  }
  if (found == nullptr) return std::nullopt;
  return Decision{found->id,           found->network,          time_of(found->until),
                  words_[found->type], words_[found->scenario], words_[found->origin]};
}

}  // namespace sluice::lists
