// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/block_history_store.h"

#include <utility>

namespace sluice::store {

Result<BlockHistoryStore> BlockHistoryStore::create(Database& database) {
  auto upsert = database.prepare("INSERT OR REPLACE INTO offence (source, blocks, last) VALUES (?1, ?2, ?3)");
  if (!upsert) return upsert.error();
  auto forget = database.prepare("DELETE FROM offence WHERE last <= ?1");
  if (!forget) return forget.error();
  auto trim = database.prepare(
      "DELETE FROM offence WHERE source IN (SELECT source "
      "FROM offence ORDER BY last DESC LIMIT -1 OFFSET ?1)");
  if (!trim) return trim.error();
  auto select = database.prepare("SELECT source, blocks, last FROM offence ORDER BY last");
  if (!select) return select.error();
  return BlockHistoryStore(*std::move(upsert), *std::move(forget), *std::move(trim), *std::move(select));
}

BlockHistoryStore::BlockHistoryStore(Statement upsert, Statement forget, Statement trim, Statement select)
    : upsert_(std::move(upsert)),
      forget_(std::move(forget)),
      trim_(std::move(trim)),
      select_(std::move(select)) {}

void BlockHistoryStore::note(const detection::BlockHistory& history) {
  if (noted_.size() >= kMaxSources && !noted_.contains(history.source)) {
    ++lost_;
    return;
  }
  noted_.insert_or_assign(history.source, history);
}

Result<void> BlockHistoryStore::write() {
  for (const auto& [source, history] : noted_) {
    upsert_.bind(1, source.to_string())
        .bind(2, std::int64_t{history.blocks})
        .bind(3, std::int64_t{history.last.time_since_epoch().count()});
    if (auto done = upsert_.run(); !done) return done;
  }
  return {};
}

Result<std::vector<detection::BlockHistory>> BlockHistoryStore::load(WallTime oldest) {
  if (auto forgotten = forget(oldest); !forgotten) return forgotten.error();
  std::vector<detection::BlockHistory> histories;
  while (true) {
    const auto row = select_.step();
    if (!row) return row.error();
    if (!*row) return histories;
    const auto source = Prefix::parse(select_.text(0));
    if (!source) continue;  // not written by us; it only would have made a block longer
    histories.push_back(
        {*source, static_cast<unsigned>(select_.integer(1)), WallTime(Nanoseconds(select_.integer(2)))});
  }
}

Result<void> BlockHistoryStore::forget(WallTime oldest) {
  if (auto done = forget_.bind(1, std::int64_t{oldest.time_since_epoch().count()}).run(); !done) return done;
  return trim_.bind(1, kMaxSources).run();
}

}  // namespace sluice::store
