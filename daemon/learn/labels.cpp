// SPDX-License-Identifier: Apache-2.0
#include "daemon/learn/labels.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/csv.h"
#include "daemon/base/printable.h"
#include "daemon/base/text.h"

namespace sluice::learn {
namespace {

constexpr std::size_t kShown = 80;  // bytes of a line in a message

std::optional<Kind> parse_kind(std::string_view text) {
  if (text == to_text(Kind::scraper)) return Kind::scraper;
  if (text == to_text(Kind::person)) return Kind::person;
  return std::nullopt;
}

// The source that an address, or a network smaller than any source, belongs to; wider networks as they are.
Prefix as_source(const Prefix& network, const detection::IdentityOptions& identity) {
  const Prefix source = detection::identify(network.address(), identity);
  return source.contains(network) ? source : network;
}

// What one line says; `fields` are its columns.
Result<Label> parse_line(std::string_view line, const std::vector<std::string>& fields,
                         const detection::IdentityOptions& identity) {
  if (fields.size() < 2)
    return Error(fmt::format("'{}' has no comma; write for example 192.0.2.7,scraper",
                             printable(line.substr(0, kShown))));
  const std::string_view word = fields[1];
  const auto kind = parse_kind(word);
  if (!kind)
    return Error(fmt::format("'{}' is neither scraper nor person", printable(word.substr(0, kShown))));
  const auto network = Prefix::parse(fields[0]);
  if (!network) return Error(printable(network.error().message()));
  return Label{as_source(*network, identity), *kind, 0};
}

}  // namespace

std::string_view to_text(Kind kind) {
  return kind == Kind::scraper ? "scraper" : "person";
}

bool Labels::add(const Label& label, unsigned& other) {
  const auto [at, is_new] = labels_.try_emplace(label.network, label);
  if (!is_new) {
    other = at->second.line;
    return at->second.kind == label.kind;
  }
  const unsigned length = label.network.length();
  const auto place = std::ranges::lower_bound(lengths_, length, std::ranges::greater());
  if (place == lengths_.end() || *place != length) lengths_.insert(place, length);
  return true;
}

const Label* Labels::find(const Prefix& source) const {
  for (const unsigned length : lengths_) {
    if (length > source.length()) continue;
    const auto at = labels_.find(Prefix(source.address(), length));
    if (at != labels_.end()) return &at->second;
  }
  return nullptr;
}

ParsedLabels parse_labels(std::string_view text, std::string_view file,
                          const detection::IdentityOptions& identity) {
  ParsedLabels parsed;
  const auto refuse = [&](unsigned line, std::string_view why) {
    parsed.faults.push_back(fmt::format("{}:{}: {}", file, line, why));
  };
  const CsvDialect as_people_write = {.strict = false};
  std::vector<std::string> fields;
  bool any = false;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::string_view whole = take_until(text, '\n');
    const std::string_view line = trimmed(whole.substr(0, whole.find('#')));
    if (line.empty()) continue;
    const bool is_first = !any;
    any = true;
    // A lenient reader finds no fault.
    (void)CsvReader(line, as_people_write).next(fields);
    if (is_first && fields == std::vector<std::string>{"source", "label"}) continue;
    auto label = parse_line(line, fields, identity);
    if (!label) {
      refuse(number, label.error().message());
      continue;
    }
    label->line = number;
    unsigned other = 0;
    if (!parsed.labels.add(*label, other)) {
      refuse(number, fmt::format("{} is called a {} here and something else at line {}; take one out",
                                 label->network.to_string(), to_text(label->kind), other));
    }
  }
  return parsed;
}

}  // namespace sluice::learn
