// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/reach_store.h"

#include <utility>

#include "daemon/detection/log_second.h"

namespace sluice::store {
namespace {

using detection::ReachHistory;

constexpr std::size_t kMostForgotten = 2 * ReachHistory::kMostSources;

std::int64_t first_week_kept(WallTime oldest) {
  return detection::log_second(oldest) / ReachHistory::kWeek + 1;
}

}  // namespace

Result<ReachStore> ReachStore::create(Database& database) {
  auto upsert = database.prepare(
      "INSERT OR REPLACE INTO reach (source, week, meaning, sketch) VALUES (?1, ?2, ?3, ?4)");
  if (!upsert) return upsert.error();
  auto remove = database.prepare("DELETE FROM reach WHERE source = ?1");
  if (!remove) return remove.error();
  auto remove_others = database.prepare("DELETE FROM reach WHERE meaning <> ?1");
  if (!remove_others) return remove_others.error();
  auto expire = database.prepare("DELETE FROM reach WHERE week < ?1");
  if (!expire) return expire.error();
  auto select = database.prepare("SELECT source, week, sketch FROM reach ORDER BY week, rowid");
  if (!select) return select.error();
  return ReachStore(*std::move(upsert), *std::move(remove), *std::move(remove_others), *std::move(expire),
                    *std::move(select));
}

ReachStore::ReachStore(Statement upsert, Statement remove, Statement remove_others, Statement expire,
                       Statement select)
    : upsert_(std::move(upsert)),
      remove_(std::move(remove)),
      remove_others_(std::move(remove_others)),
      expire_(std::move(expire)),
      select_(std::move(select)) {}

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

Result<void> ReachStore::write() {
  for (const Prefix& source : forgotten_) {
    if (auto done = remove_.bind(1, source.to_string()).run(); !done) return done;
  }
  for (const auto& [key, counter] : records_) {
    upsert_.bind(1, key.first.to_string())
        .bind(2, std::int64_t{key.second})
        .bind(3, static_cast<std::int64_t>(meaning_))
        .bind(4, counter.bytes());
    if (auto done = upsert_.run(); !done) return done;
  }
  return {};
}

void ReachStore::written() {
  records_.clear();
  forgotten_.clear();
}

Result<void> ReachStore::forget(WallTime oldest) {
  return expire_.bind(1, first_week_kept(oldest)).run();
}

Result<std::vector<ReachHistory::Record>> ReachStore::load(WallTime oldest, std::uint64_t routes_fingerprint) {
  if (auto done = forget(oldest); !done) return done.error();
  if (auto done = remove_others_.bind(1, static_cast<std::int64_t>(routes_fingerprint)).run(); !done)
    return done.error();
  std::vector<ReachHistory::Record> records;
  while (true) {
    const auto row = select_.step();
    if (!row) return row.error();
    if (!*row) return records;
    const auto source = Prefix::parse(select_.text(0));
    const auto counter = detection::HyperLogLog::from_bytes(select_.text(2));
    if (!source || !counter) continue;  // not written by us; a source only would have been found sooner
    records.push_back({*source, static_cast<std::uint32_t>(select_.integer(1)), *counter});
  }
}

}  // namespace sluice::store
