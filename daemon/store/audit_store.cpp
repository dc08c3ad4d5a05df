// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/audit_store.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

// What `select` gives first, bound as it is; `otherwise` where that is nothing.
Result<AuditStore::Mark> mark_of(Statement& select, AuditStore::Mark otherwise) {
  AuditStore::Mark mark = std::move(otherwise);
  while (true) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return mark;
    mark = {select.integer(0), std::string(select.text(1))};
  }
}

AuditRow row_of(const Statement& select) {
  AuditRow row;
  row.seq = select.integer(0);
  row.time = WallTime(Nanoseconds(select.integer(1)));
  row.uid = select.integer(2);
  row.name = select.text(3);
  row.role = select.text(4);
  row.command = select.text(5);
  row.what = select.text(6);
  row.reason = select.text(7);
  row.outcome = select.text(8);
  row.previous = select.text(9);
  row.hash = select.text(10);
  return row;
}

std::size_t size_of(const AuditRow& row) {
  return row.name.size() + row.command.size() + row.what.size() + row.reason.size() + row.outcome.size() +
         400;
}

constexpr std::string_view kInsertRow =
    "INSERT INTO audit (seq, time, uid, name, role, command, what, reason, outcome, previous, hash) VALUES "
    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
constexpr std::string_view kSelectPage =
    "SELECT seq, time, uid, name, role, command, what, reason, outcome, "
    "previous, hash FROM audit WHERE seq > ?1 AND time >= ?2 ORDER BY seq LIMIT ?3";
constexpr std::string_view kSelectHead = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
constexpr std::string_view kSelectAnchor = "SELECT seq, hash FROM audit_anchor";
// The clock may have been set back: what stands behind a newer row stays with it.
constexpr std::string_view kSelectLastOld =
    "SELECT seq, hash FROM audit WHERE seq < coalesce((SELECT min(seq) FROM audit WHERE time > ?1), "
    "9223372036854775807) ORDER BY seq DESC LIMIT 1";
constexpr std::string_view kMoveAnchor = "UPDATE audit_anchor SET seq = ?1, hash = ?2";
constexpr std::string_view kRemoveRows = "DELETE FROM audit WHERE seq <= ?1";

// The mark of the last row that was forgotten.
Result<AuditStore::Mark> anchor_of(Database& database) {
  auto select = database.prepare(kSelectAnchor);
  if (!select) return select.error();
  return mark_of(*select, {});
}

}  // namespace

Result<void> AuditStore::check(Database& database) {
  return database.check(
      {kInsertRow, kSelectPage, kSelectHead, kSelectAnchor, kSelectLastOld, kMoveAnchor, kRemoveRows});
}

Result<void> AuditStore::go_on_from(Database& database) {
  auto anchor = anchor_of(database);
  if (!anchor) return anchor.error();
  auto select = database.prepare(kSelectHead);
  if (!select) return select.error();
  auto head = mark_of(*select, *std::move(anchor));
  if (!head) return head.error();
  head_ = written_ = *std::move(head);
  return {};
}

void AuditStore::note(AuditRecord record) {
  if (noted_.size() >= kMaxNoted) {
    ++lost_;
    return;
  }
  record.time = std::chrono::floor<Seconds>(record.time);
  for (std::string* text :
       {&record.name, &record.role, &record.command, &record.what, &record.reason, &record.outcome}) {
    *text = audit_text(*text);
  }
  noted_.push_back(std::move(record));
}

void AuditStore::take_back(std::size_t count) {
  noted_.resize(noted_.size() - std::min(count, noted_.size()));
}

Result<void> AuditStore::write(Database& database) {
  written_ = head_;
  if (noted_.empty()) return {};
  auto insert = database.prepare(kInsertRow);
  if (!insert) return insert.error();
  for (AuditRecord& record : noted_) {
    record.seq = written_.seq + 1;
    const std::string hash = audit_hash(written_.hash, record);
    insert->bind(1, record.seq)
        .bind(2, to_nanoseconds(record.time))
        .bind(3, record.uid)
        .bind(4, record.name)
        .bind(5, record.role)
        .bind(6, record.command)
        .bind(7, record.what)
        .bind(8, record.reason)
        .bind(9, record.outcome)
        .bind(10, written_.hash)
        .bind(11, hash);
    if (auto done = insert->run(); !done) return done;
    written_ = {record.seq, hash};
  }
  return {};
}

void AuditStore::written() {
  head_ = written_;
  noted_.clear();
}

Result<AuditStore::Page> AuditStore::page(Database& database, std::int64_t after,
                                          std::optional<WallTime> since) {
  Page page;
  auto anchor = anchor_of(database);
  if (!anchor) return anchor.error();
  page.anchor = *std::move(anchor);
  auto prepared = database.prepare(kSelectPage);
  if (!prepared) return prepared.error();
  Statement& select = *prepared;
  select.bind(1, after)
      .bind(2, since ? to_nanoseconds(*since) : std::numeric_limits<std::int64_t>::min())
      .bind(3, static_cast<std::int64_t>(kPageRows) + 1);
  std::size_t bytes = 0;
  while (true) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return page;
    if (page.rows.size() == kPageRows || (bytes >= kPageBytes && !page.rows.empty())) {
      page.more = true;
      return page;
    }
    page.rows.push_back(row_of(select));
    bytes += size_of(page.rows.back());
  }
}

Result<void> AuditStore::forget(Database& database, WallTime oldest, WallTime now) {
  auto former = anchor_of(database);
  if (!former) return former.error();
  auto select = database.prepare(kSelectLastOld);
  if (!select) return select.error();
  auto last = mark_of(select->bind(1, to_nanoseconds(oldest)), *former);
  if (!last) return last.error();
  if (last->seq <= former->seq) return {};
  auto move = database.prepare(kMoveAnchor);
  if (!move) return move.error();
  if (auto done = move->bind(1, last->seq).bind(2, last->hash).run(); !done) return done;
  auto remove = database.prepare(kRemoveRows);
  if (!remove) return remove.error();
  if (auto done = remove->bind(1, last->seq).run(); !done) return done;
  AuditRecord record;
  record.time = now;
  record.name = "sluiced";
  record.command = "retention";
  record.what = fmt::format("rows {} to {}", former->seq + 1, last->seq);
  record.outcome = fmt::format("removed, the last had the hash {}", last->hash);
  note(std::move(record));
  return {};
}

}  // namespace sluice::store
