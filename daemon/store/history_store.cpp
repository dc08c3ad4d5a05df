// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/history_store.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/store/decision_row.h"
#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

using decisions::PastDecision;

constexpr int kOwnColumns = 8;  // before those of the decision
const std::string kColumns = fmt::format(
    "first_address, ended, ending, ended_by, ended_reason, in_effect, packets, bytes, {}", kDecisionColumns);
const std::string kInsert = fmt::format(
    "INSERT INTO past ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
    " ?18, ?19, ?20, ?21, ?22, ?23)",
    kColumns);
constexpr std::string_view kTrim = "DELETE FROM past WHERE number <= (SELECT max(number) FROM past) - ?1";
constexpr std::string_view kForget = "DELETE FROM past WHERE ended <= ?1";

// The place of an address in the order of all addresses: "4c0000200", "620010db8...". The addresses
// of a network follow each other.
std::string place_of(const Address& address) {
  std::string text(address.family() == Family::ipv4 ? "4" : "6");
  for (const std::uint8_t byte : address.bytes())
    text += fmt::format("{:02x}", byte);
  return text;
}

std::string last_place_of(const Prefix& network) {
  std::string text(network.family() == Family::ipv4 ? "4" : "6");
  unsigned bit = 0;
  for (std::uint8_t byte : network.address().bytes()) {
    const unsigned fixed = std::clamp(network.length(), bit, bit + 8) - bit;
    byte = static_cast<std::uint8_t>(byte | (0xffU >> fixed));
    text += fmt::format("{:02x}", byte);
    bit += 8;
  }
  return text;
}

// The texts of the prefix and of all that cover it, each in quotes: none has a character that SQL minds.
std::string around(const Prefix& source) {
  std::string list;
  for (unsigned length = 0; length <= source.length(); ++length)
    list += fmt::format("{}'{}'", length == 0 ? "" : ",", Prefix(source.address(), length).to_string());
  return list;
}

std::string page_sql(const std::optional<Prefix>& source) {
  std::string sql = fmt::format(
      "SELECT number, {} FROM past WHERE number < ?1 AND ended >= ?2 AND since <= ?3 AND (?4 = '' OR action = ?4)"
      " AND (?5 = '' OR actor = ?5 OR substr(actor, 1, length(?5) + 1) = ?5 || ' ')",
      kColumns);
  if (source) {
    sql += fmt::format(" AND (source IN ({}) OR first_address BETWEEN '{}' AND '{}')", around(*source),
                       place_of(source->address()), last_place_of(*source));
  }
  return sql + " ORDER BY number DESC LIMIT ?6";
}

std::string summary_sql(const Prefix& source) {
  return fmt::format(
      "SELECT count(*), max(ended) FROM past WHERE source IN ({}) AND slot = 0 AND in_effect = 1"
      " AND ending <> 'replaced'",
      around(source));
}

std::optional<PastDecision> read_past(const Statement& select, int first) {
  auto decision = read_decision(select, first + kOwnColumns);
  const auto ending = decisions::parse_ending(select.text(first + 2));
  if (!decision || !ending) return std::nullopt;
  PastDecision past;
  past.decision = *std::move(decision);
  past.ended = to_wall_time(select.integer(first + 1));
  past.end.ending = *ending;
  if (auto by = decisions::parse_actor(select.text(first + 3))) past.end.by = *std::move(by);
  past.end.reason = select.text(first + 4);
  past.in_effect = select.integer(first + 5) != 0;
  if (const std::int64_t packets = select.integer(first + 6); packets >= 0)
    past.usage = {as_unsigned(packets), as_unsigned(select.integer(first + 7))};
  return past;
}

std::size_t size_of(const PastDecision& past) {
  std::size_t size = 800 + past.decision.reason.size() + past.end.reason.size();
  for (const detection::Signal& signal : past.decision.signals)
    size += 200 + signal.text.size() + 60 * signal.numbers.size();
  return size;
}

bool takes(const HistoryStore::Query& query, const PastDecision& past) {
  const decisions::Decision& decision = past.decision;
  if (query.source && !decision.source.overlaps(*query.source)) return false;
  if (query.since && past.ended < *query.since) return false;
  if (query.until && decision.since > *query.until) return false;
  if (!query.action.empty() && query.action != decisions::to_string(decision.action)) return false;
  const std::string actor = decisions::to_string(decision.actor);
  return query.actor.empty() || actor == query.actor || actor.starts_with(query.actor + " ");
}

std::int64_t as_count(const std::optional<PastDecision::Usage>& usage,
                      std::uint64_t PastDecision::Usage::*which) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  return usage ? as_signed(std::min(*usage.*which, kLargest)) : -1;
}

}  // namespace

Result<void> HistoryStore::check(Database& database) {
  const Prefix any;
  return database.check({kInsert, kTrim, kForget, page_sql(any), page_sql({}), summary_sql(any)});
}

void HistoryStore::note(PastDecision past) {
  if (noted_.size() >= kMaxNoted) {
    noted_.pop_front();
    ++lost_;
  }
  noted_.push_back(std::move(past));
}

void HistoryStore::take_back(std::size_t count) {
  noted_.resize(noted_.size() - std::min(count, noted_.size()));
}

Result<void> HistoryStore::write(Database& database) {
  if (noted_.empty()) return {};
  auto insert = database.prepare(kInsert);
  if (!insert) return insert.error();
  for (const PastDecision& past : noted_) {
    insert->bind(1, place_of(past.decision.source.address()))
        .bind(2, to_nanoseconds(past.ended))
        .bind(3, decisions::to_string(past.end.ending))
        .bind(4, past.end.by ? decisions::to_string(*past.end.by) : std::string())
        .bind(5, past.end.reason)
        .bind(6, std::int64_t{past.in_effect})
        .bind(7, as_count(past.usage, &PastDecision::Usage::packets))
        .bind(8, as_count(past.usage, &PastDecision::Usage::bytes));
    bind_decision(*insert, kOwnColumns + 1, past.decision);
    if (auto done = insert->run(); !done) return done;
  }
  auto trim = database.prepare(kTrim);
  if (!trim) return trim.error();
  return trim->bind(1, kMaxRows).run();
}

Result<HistoryStore::Page> HistoryStore::page(Database& database, const Query& query) {
  auto prepared = database.prepare(page_sql(query.source));
  if (!prepared) return prepared.error();
  Statement& select = *prepared;
  using Limits = std::numeric_limits<std::int64_t>;
  select.bind(1, query.before > 0 ? query.before : Limits::max())
      .bind(2, query.since ? to_nanoseconds(*query.since) : Limits::min())
      .bind(3, query.until ? to_nanoseconds(*query.until) : Limits::max())
      .bind(4, query.action)
      .bind(5, query.actor)
      .bind(6, static_cast<std::int64_t>(kPageRows) + 1);
  Page page;
  std::size_t bytes = 0;
  while (true) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return page;
    if (page.rows.size() == kPageRows || (bytes >= kPageBytes && !page.rows.empty())) {
      page.more = true;
      return page;
    }
    auto past = read_past(select, 1);
    if (!past) continue;  // not written by us
    bytes += size_of(*past);
    page.rows.push_back({select.integer(0), *std::move(past)});
  }
}

HistoryStore::Page HistoryStore::noted_page(const Query& query) const {
  Page page;
  std::size_t bytes = 0;
  for (auto past = noted_.rbegin();
       past != noted_.rend() && page.rows.size() < kPageRows && bytes < kPageBytes; ++past) {
    if (!takes(query, *past)) continue;
    bytes += size_of(*past);
    page.rows.push_back({0, *past});
  }
  return page;
}

Result<HistoryStore::Summary> HistoryStore::summary(Database& database, const Prefix& source) {
  auto select = database.prepare(summary_sql(source));
  if (!select) return select.error();
  const auto row = select->step();
  if (!row) return row.error();
  if (!*row) return Summary();
  return Summary{as_unsigned(select->integer(0)), to_wall_time(select->integer(1))};
}

Result<void> HistoryStore::forget(Database& database, WallTime oldest) {
  auto forget = database.prepare(kForget);
  if (!forget) return forget.error();
  return forget->bind(1, to_nanoseconds(oldest)).run();
}

}  // namespace sluice::store
