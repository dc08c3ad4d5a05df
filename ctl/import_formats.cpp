// SPDX-License-Identifier: Apache-2.0
#include "ctl/import_formats.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <exception>
#include <map>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <time.h>

#include "daemon/base/address.h"
#include "daemon/base/audit_record.h"
#include "daemon/base/csv.h"
#include "daemon/base/text.h"

namespace sluice::ctl {
namespace {

namespace json = boost::json;
using control::Action;

constexpr std::size_t kMaxJsonLine = 1048576;  // bytes of a line that is a JSON object
constexpr std::size_t kMaxDepth = 16;          // cscli needs 6
constexpr std::size_t kMaxReasonRead = 2000;   // bytes of a reason that are looked at; fewer are kept

constexpr std::array<std::pair<std::string_view, ImportFormat>, 6> kFormats = {
    {{"auto", ImportFormat::automatic},
     {"json", ImportFormat::json},
     {"csv", ImportFormat::csv},
     {"plain", ImportFormat::plain},
     {"fail2ban", ImportFormat::fail2ban},
     {"crowdsec", ImportFormat::crowdsec}}};

std::string clean(std::string_view text) {
  return audit_text(text.substr(0, kMaxReasonRead));
}

// As it is shown in a fault: short, and nothing that a terminal obeys.
std::string quoted(std::string_view text) {
  return fmt::format("'{}'", audit_text(text.substr(0, 64)));
}

// What Go's time.Duration prints: "47h59m52.267s"; negative for what has ended.
std::optional<Seconds> go_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 7> kUnits = {{{"ns", 1e-9},
                                                                          {"us", 1e-6},
                                                                          {"\xc2\xb5s", 1e-6},
                                                                          {"ms", 1e-3},
                                                                          {"s", 1.0},
                                                                          {"m", 60.0},
                                                                          {"h", 3600.0}}};
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 40) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
    if (error != std::errc() || end != text.data() + digits) return std::nullopt;
    text.remove_prefix(digits);
    const auto* unit =
        std::ranges::find_if(kUnits, [&](const auto& known) { return text.starts_with(known.first); });
    if (unit == kUnits.end()) return std::nullopt;
    seconds += number * unit->second;
    text.remove_prefix(unit->first.size());
  }
  constexpr double kMost = 1e9;  // thirty years; nanoseconds in 64 bits hold it
  if (seconds > kMost) return std::nullopt;
  return Seconds(static_cast<std::int64_t>(negative ? -seconds : seconds));
}

class Text {
 public:
  Text(WallTime now, const LocalTime& local) : now_(now), local_(local) {}

  ImportText take() { return std::move(out_); }

  void read_json(std::string_view text);
  void read_csv(std::string_view text);
  void read_lines(std::string_view text);

 private:
  void fault(std::size_t line, std::string what) {
    if (++out_.fault_count <= kMaxRemarks) out_.faults.push_back({line, std::move(what)});
  }
  void leave_out(std::size_t line, std::string what) {
    if (++out_.left_out_count <= kMaxRemarks) out_.left_out.push_back({line, std::move(what)});
  }
  [[nodiscard]] bool full(std::size_t line);

  // `source` and `action` as the text has them; an empty action says nothing.
  void add(ImportEntry entry, std::string_view source, std::string_view action);
  void add_object(std::size_t line, const json::value& value);
  void add_row(std::size_t line, const json::object& row);
  void add_alert(std::size_t line, const json::object& alert);
  struct CrowdSec {
    std::string_view scope;
    std::string_view value;
    std::string_view type;
    std::string_view reason;
    std::string_view origin;
    std::string_view left;
    bool simulated = false;
  };
  void add_crowdsec(std::size_t line, const CrowdSec& decision);
  void add_own_record(std::size_t line, const std::map<std::string, std::size_t, std::less<>>& columns,
                      const std::vector<std::string>& fields);
  void add_line(std::size_t line, std::string_view text);

  WallTime now_;
  const LocalTime& local_;
  ImportText out_;
};

bool Text::full(std::size_t line) {
  if (out_.entries.size() < kMaxImportEntries) return false;
  fault(line, fmt::format("at most {} decisions in one import: divide it", kMaxImportEntries));
  return true;
}

// Checks what every format has in common.
void Text::add(ImportEntry entry, std::string_view source, std::string_view action) {
  const auto prefix = control::WrittenPrefix::parse(source);
  if (!prefix) return fault(entry.line, audit_text(prefix.error().message().substr(0, 200)));
  entry.source = *prefix;
  const auto known = control::from_text<Action>(action);
  if (known == Action::challenge)
    return leave_out(entry.line, fmt::format("{}: a challenge is the detector's to make", source));
  if (!known || *known == Action::none)
    return fault(entry.line, fmt::format("action: {} is not block, throttle or allow", quoted(action)));
  entry.action = *known;
  if (entry.until && *entry.until <= now_)
    return leave_out(entry.line, fmt::format("{}: ended {}", source, format_time(*entry.until)));
  out_.entries.push_back(std::move(entry));
}

// ---- JSON ----

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

std::optional<std::int64_t> number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64() || value->get_int64() <= 0) return std::nullopt;
  return value->get_int64();
}

Result<json::value> parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  options.allow_invalid_utf8 = true;  // reasons quote what strangers sent; clean() sees to it
  json::error_code error;
  try {
    json::value value = json::parse(text, error, {}, options);
    if (!error) return value;
    return Error(fmt::format("is not JSON: {}", error.message()));
  } catch (const std::exception& exception) {  // out of memory
    return Error(exception.what());
  }
}

void Text::add_row(std::size_t line, const json::object& row) {
  ImportEntry entry;
  entry.line = line;
  const std::string_view source = text_of(row, "source");
  entry.reason = clean(text_of(row, "reason"));
  entry.actor = clean(text_of(row, "actor"));
  entry.rate = number_of(row, "rate");
  entry.burst = number_of(row, "burst");
  if (control::Actor::parse(entry.actor)->kind == control::ActorKind::list)
    return leave_out(line, fmt::format("{}: of a list of the other host", audit_text(source.substr(0, 64))));
  if (row.contains("until")) {
    const std::string_view until = text_of(row, "until");
    const auto time = parse_time(until);
    if (until == "never") {
      entry.until = kForever;
    } else if (!time) {
      return fault(line, fmt::format("until: {} is not an RFC 3339 time or \"never\"", quoted(until)));
    } else {
      entry.until = *time;
    }
  }
  add(std::move(entry), source, text_of(row, "action"));
}

void Text::add_crowdsec(std::size_t line, const CrowdSec& decision) {
  const std::string whom = fmt::format("{} {}", audit_text(decision.scope.substr(0, 32)),
                                       audit_text(decision.value.substr(0, 64)));
  if (!equal_ignoring_case(decision.scope, "ip") && !equal_ignoring_case(decision.scope, "range"))
    return leave_out(line, whom + ": Sluice decides about addresses alone");
  if (decision.simulated) return leave_out(line, whom + ": simulated");
  ImportEntry entry;
  entry.line = line;
  Action action = Action::unset;
  if (equal_ignoring_case(decision.type, "ban")) {
    action = Action::block;
  } else if (equal_ignoring_case(decision.type, "throttle")) {
    action = Action::throttle;
  } else {
    return leave_out(line,
                     fmt::format("{}: Sluice has nothing like the type {}", whom, quoted(decision.type)));
  }
  const auto left = go_duration(decision.left);
  if (!left)
    return fault(line, fmt::format("{} is not a duration as cscli writes it", quoted(decision.left)));
  entry.until = now_ + *left;
  entry.reason = clean(decision.reason);
  entry.actor = decision.origin.empty() ? "CrowdSec" : "CrowdSec, " + clean(decision.origin.substr(0, 64));
  add(std::move(entry), decision.value, control::to_text(action));
}

void Text::add_alert(std::size_t line, const json::object& alert) {
  const json::value& decisions = alert.at("decisions");
  if (decisions.is_null()) return;
  const json::array* array = decisions.if_array();
  if (array == nullptr) return fault(line, "decisions: must be an array");
  for (const json::value& value : *array) {
    if (full(line)) return;
    const json::object* decision = value.if_object();
    if (decision == nullptr) {
      fault(line, "decisions: must hold objects");
      continue;
    }
    const json::value* simulated = decision->if_contains("simulated");
    add_crowdsec(
        line, {text_of(*decision, "scope"), text_of(*decision, "value"), text_of(*decision, "type"),
               text_of(*decision, "scenario"), text_of(*decision, "origin"), text_of(*decision, "duration"),
               simulated != nullptr && simulated->is_bool() && simulated->get_bool()});
  }
}

void Text::add_object(std::size_t line, const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return fault(line, "must be an object");
  if (object->contains("decisions")) return add_alert(line, *object);
  if (!object->contains("source") || !object->at("source").is_string())
    return fault(line, "has no \"source\": neither sluicectl nor cscli writes that");
  add_row(line, *object);
}

void Text::read_json(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  if (text.substr(begin).starts_with('[') || text.substr(begin).starts_with("null")) {
    const auto whole = parse(text);
    if (!whole) return fault(1, "the text " + whole.error().message());
    out_.by_element = true;
    if (whole->is_null()) return;  // what cscli prints when there is nothing
    const json::array* array = whole->if_array();
    if (array == nullptr) return fault(1, "must be an array");
    for (std::size_t i = 0; i < array->size() && !full(i + 1); ++i)
      add_object(i + 1, (*array)[i]);
    return;
  }
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    if (full(number)) return;
    if (line.size() > kMaxJsonLine) {
      fault(number, fmt::format("a line has at most {} bytes", kMaxJsonLine));
      continue;
    }
    const auto value = parse(line);
    if (value) {
      add_object(number, *value);
    } else {
      fault(number, value.error().message());
    }
  }
}

// ---- CSV ----

void Text::add_own_record(std::size_t line, const std::map<std::string, std::size_t, std::less<>>& columns,
                          const std::vector<std::string>& fields) {
  const auto field = [&](std::string_view name) {
    const auto at = columns.find(name);
    return at == columns.end() ? std::string_view() : std::string_view(fields[at->second]);
  };
  json::object row;
  for (const std::string_view name : {"source", "action", "reason", "actor"})
    row[name] = json::string(csv_text(field(name)));
  if (!field("until").empty()) row["until"] = json::string(field("until"));
  for (const std::string_view name : {"rate", "burst"}) {
    const std::string_view text = field(name);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!text.empty() && (error != std::errc() || end != text.data() + text.size() || value < 0))
      return fault(line, fmt::format("{}: {} is not a number", name, quoted(text)));
    row[name] = value;
  }
  add_row(line, row);
}

void Text::read_csv(std::string_view text) {
  CsvReader reader(text);
  const auto header = reader.next();
  if (!header) return fault(1, header.error().message());
  std::map<std::string, std::size_t, std::less<>> columns;
  for (std::size_t i = 0; i < header->size(); ++i)
    columns.emplace((*header)[i], i);
  const bool cscli = columns.contains("ip") && columns.contains("expiration") && columns.contains("action");
  if (!cscli && !columns.contains("source"))
    return fault(1, "the first line names the columns, and \"source\" must be one of them");
  while (!reader.at_end()) {
    const auto fields = reader.next();
    const std::size_t line = reader.line();
    if (!fields) {
      fault(line, fields.error().message());
      continue;
    }
    if (fields->size() == 1 && fields->front().empty()) continue;
    if (full(line)) return;
    if (fields->size() != header->size()) {
      fault(line, fmt::format("has {} fields, the first line {}", fields->size(), header->size()));
      continue;
    }
    if (!cscli) {
      add_own_record(line, columns, *fields);
      continue;
    }
    const auto field = [&](std::string_view name) {
      const auto at = columns.find(name);
      return at == columns.end() ? std::string_view() : std::string_view((*fields)[at->second]);
    };
    const std::string_view whom = field("ip");  // "Ip:192.0.2.7"
    const std::size_t colon = std::min(whom.find(':'), whom.size());
    add_crowdsec(line, {whom.substr(0, colon), whom.substr(std::min(colon + 1, whom.size())), field("action"),
                        field("reason"), field("source"), field("expiration"), field("simulated") == "true"});
  }
}

// ---- lines of addresses ----

// "192.0.2.7 \t2026-11-26 21:01:47 + 3600 = 2026-11-26 22:01:47", or addresses alone.
void Text::add_line(std::size_t number, std::string_view line) {
  const std::size_t equals = line.find(" = ");
  if (equals != std::string_view::npos && line.find(" + ") < equals) {
    ImportEntry entry;
    entry.line = number;
    entry.reason = "banned by fail2ban";
    const std::string_view end = trimmed(line.substr(equals + 3));
    const auto until = local_(end);
    if (!until) return fault(number, fmt::format("{} is not a time as fail2ban writes it", quoted(end)));
    entry.until = *until;
    return add(std::move(entry), line.substr(0, std::min(line.find_first_of(kBlanks), line.size())),
               control::to_text(Action::block));
  }
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t\r\v\f,"), line.size());
    if (end > 0) {
      if (full(number)) return;
      ImportEntry entry;
      entry.line = number;
      add(std::move(entry), line.substr(0, end), {});
    }
    line.remove_prefix(std::min(end + 1, line.size()));
  }
}

void Text::read_lines(std::string_view text) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view line = trimmed(whole.substr(0, whole.find('#')));
    if (line.empty()) continue;
    if (full(number)) return;
    add_line(number, line);
  }
}

// By how the text begins.
ImportFormat recognise(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return ImportFormat::plain;
  if (text[begin] == '{' || text[begin] == '[' || text.substr(begin).starts_with("null"))
    return ImportFormat::json;
  const std::string_view first = text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
  const bool names_columns = first.find("source") != std::string_view::npos;
  return names_columns ? ImportFormat::csv : ImportFormat::plain;
}

}  // namespace

Result<ImportFormat> parse_import_format(std::string_view text) {
  for (const auto& [name, format] : kFormats) {
    if (name == text) return format;
  }
  return Error(fmt::format("{} is not auto, json, csv, plain, fail2ban or crowdsec", quoted(text)));
}

ImportText read_import(std::string_view text, ImportFormat format, WallTime now, const LocalTime& local) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  ImportFormat kind = format;
  if (format == ImportFormat::automatic || format == ImportFormat::crowdsec) kind = recognise(text);
  Text reading(now, local);
  if (kind == ImportFormat::json) {
    reading.read_json(text);
  } else if (kind == ImportFormat::csv) {
    reading.read_csv(text);
  } else {
    reading.read_lines(text);
  }
  return reading.take();
}

std::optional<WallTime> local_time_point(std::string_view text) {
  std::tm parts{};
  const std::string copy(text.substr(0, 32));
  const char* end = ::strptime(copy.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
  if (end == nullptr || *end != '\0' || text.size() > 32) return std::nullopt;
  constexpr int kLastYear =
      2200 - 1900;  // a ban without end lasts until 9999 there; 64 bits of nanoseconds, 2262
  if (parts.tm_year > kLastYear) return kForever;
  parts.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&parts);
  if (seconds < 0) return std::nullopt;
  return WallTime(Seconds(seconds));
}

}  // namespace sluice::ctl
