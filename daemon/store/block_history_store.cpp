// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/block_history_store.h"

#include <string_view>

#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

constexpr std::string_view kUpsertBlocks =
    "INSERT OR REPLACE INTO offence (source, blocks, last) VALUES (?1, ?2, ?3)";
constexpr std::string_view kForgetBlocks = "DELETE FROM offence WHERE last <= ?1";
constexpr std::string_view kTrimBlocks =
    "DELETE FROM offence WHERE source IN (SELECT source FROM offence ORDER BY last DESC LIMIT -1 OFFSET ?1)";
constexpr std::string_view kSelectBlocks =
    "SELECT source, blocks, last FROM offence WHERE last > ?1 ORDER BY last";

}  // namespace

Result<void> BlockHistoryStore::check(Database& database) {
  return database.check({kUpsertBlocks, kForgetBlocks, kTrimBlocks, kSelectBlocks});
}

void BlockHistoryStore::note(const detection::BlockHistory& history) {
  if (noted_.size() >= kMaxSources && !noted_.contains(history.source)) {
    ++lost_;
    return;
  }
  noted_.insert_or_assign(history.source, history);
}

Result<void> BlockHistoryStore::write(Database& database) {
  if (noted_.empty()) return {};
  auto upsert = database.prepare(kUpsertBlocks);
  if (!upsert) return upsert.error();
  for (const auto& [source, history] : noted_) {
    upsert->bind(1, source.to_string())
        .bind(2, std::int64_t{history.blocks})
        .bind(3, to_nanoseconds(history.last));
    if (auto done = upsert->run(); !done) return done;
  }
  return {};
}

Result<std::vector<detection::BlockHistory>> BlockHistoryStore::load(Database& database, WallTime oldest) {
  auto select = database.prepare(kSelectBlocks);
  if (!select) return select.error();
  select->bind(1, to_nanoseconds(oldest));
  std::vector<detection::BlockHistory> histories;
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return histories;
    const auto source = Prefix::parse(select->text(0));
    if (!source) continue;  // not written by us; it only would have made a block longer
    histories.push_back(
        {*source, static_cast<unsigned>(select->integer(1)), to_wall_time(select->integer(2))});
  }
}

Result<void> BlockHistoryStore::forget(Database& database, WallTime oldest) {
  auto forget = database.prepare(kForgetBlocks);
  if (!forget) return forget.error();
  if (auto done = forget->bind(1, to_nanoseconds(oldest)).run(); !done) return done;
  auto trim = database.prepare(kTrimBlocks);
  if (!trim) return trim.error();
  return trim->bind(1, kMaxSources).run();
}

}  // namespace sluice::store
