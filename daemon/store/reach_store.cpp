// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/reach_store.h"

#include <utility>

#include "daemon/detection/log_second.h"

namespace sluice::store {
namespace {

using detection::ReachHistory;

constexpr std::size_t kMostForgotten = 2 * ReachHistory::kMostSources;

constexpr std::string_view kUpsertWeek =
    "INSERT OR REPLACE INTO reach (source, week, meaning, sketch) VALUES (?1, ?2, ?3, ?4)";
constexpr std::string_view kRemoveSource = "DELETE FROM reach WHERE source = ?1";
constexpr std::string_view kRemoveOthers = "DELETE FROM reach WHERE meaning <> ?1";
constexpr std::string_view kExpireWeeks = "DELETE FROM reach WHERE week < ?1";
constexpr std::string_view kSelectWeeks =
    "SELECT source, week, sketch FROM reach WHERE week >= ?1 AND meaning = ?2 ORDER BY week, rowid";

std::int64_t first_week_kept(WallTime oldest) {
  return detection::log_second(oldest) / ReachHistory::kWeek + 1;
}

}  // namespace

Result<void> ReachStore::check(Database& database) {
  return database.check({kUpsertWeek, kRemoveSource, kRemoveOthers, kExpireWeeks, kSelectWeeks});
}

void ReachStore::note(const ReachHistory::Changes& changes, std::uint64_t routes_fingerprint) {
  meaning_ = routes_fingerprint;
  for (const Prefix& source : changes.forgotten) {
    std::erase_if(records_, [&](const auto& record) { return record.first.first == source; });
    // What is not deleted now is deleted when its weeks are over.
    if (forgotten_.size() < kMostForgotten) forgotten_.push_back(source);
  }
  for (const ReachHistory::Record& record : changes.records)
    records_.insert_or_assign({record.source, record.week}, record.counter);
}

Result<void> ReachStore::write(Database& database) {
  if (noted() == 0) return {};
  auto remove = database.prepare(kRemoveSource);
  if (!remove) return remove.error();
  for (const Prefix& source : forgotten_) {
    if (auto done = remove->bind(1, source.to_string()).run(); !done) return done;
  }
  auto upsert = database.prepare(kUpsertWeek);
  if (!upsert) return upsert.error();
  for (const auto& [key, counter] : records_) {
    upsert->bind(1, key.first.to_string())
        .bind(2, std::int64_t{key.second})
        .bind(3, static_cast<std::int64_t>(meaning_))
        .bind(4, counter.bytes());
    if (auto done = upsert->run(); !done) return done;
  }
  return {};
}

void ReachStore::written() {
  records_.clear();
  forgotten_.clear();
}

Result<void> ReachStore::forget(Database& database, WallTime oldest) {
  auto expire = database.prepare(kExpireWeeks);
  if (!expire) return expire.error();
  return expire->bind(1, first_week_kept(oldest)).run();
}

Result<void> ReachStore::forget_others(Database& database, std::uint64_t routes_fingerprint) {
  auto remove = database.prepare(kRemoveOthers);
  if (!remove) return remove.error();
  return remove->bind(1, static_cast<std::int64_t>(routes_fingerprint)).run();
}

Result<std::vector<ReachHistory::Record>> ReachStore::load(Database& database, WallTime oldest,
                                                           std::uint64_t routes_fingerprint) {
  auto select = database.prepare(kSelectWeeks);
  if (!select) return select.error();
  select->bind(1, first_week_kept(oldest)).bind(2, static_cast<std::int64_t>(routes_fingerprint));
  std::vector<ReachHistory::Record> records;
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return records;
    const auto source = Prefix::parse(select->text(0));
    const auto counter = detection::HyperLogLog::from_bytes(select->text(2));
    if (!source || !counter) continue;  // not written by us; a source only would have been found sooner
    records.push_back({*source, static_cast<std::uint32_t>(select->integer(1)), *counter});
  }
}

}  // namespace sluice::store
