// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/schema.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

// Step n takes version n to n + 1. A step that was released never changes: add one.
// Times are nanoseconds since 1970 in UTC. Addresses and actions are text, as an operator with sqlite3 wants
// to read them.
constexpr std::array<std::string_view, 6> kSteps = {
    // slot: 0 for a denial, 1 for an allow: a source may have one of each. signals: see signals.h.
    "CREATE TABLE decision (source TEXT NOT NULL, slot INTEGER "
    "NOT NULL, action TEXT NOT NULL, since INTEGER NOT NULL,"
    " until INTEGER NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL, rate INTEGER NOT NULL, burst "
    "INTEGER NOT NULL,"
    " score REAL NOT NULL, signals TEXT NOT NULL, requests INTEGER NOT NULL, pages INTEGER NOT NULL,"
    " subjects INTEGER NOT NULL, PRIMARY KEY (source, slot));"
    "CREATE TABLE offence (source TEXT PRIMARY KEY NOT NULL, blocks INTEGER NOT NULL, last INTEGER NOT NULL);"
    "CREATE INDEX offence_by_last ON offence (last);"
    "CREATE TABLE position (path TEXT PRIMARY KEY NOT NULL, place TEXT NOT NULL);",
    // forwarded: 1 where the source is a trusted proxy's word.
    "ALTER TABLE decision ADD COLUMN forwarded INTEGER NOT NULL DEFAULT 0;",
    // week: since 1970. meaning: of the routes that the subjects are of. sketch: see
    // detection/history/hyper_log_log.h.
    // account: by keyed hash, in seconds since 1970. number: "account_secret", the key; "accounts_begun".
    "CREATE TABLE reach (source TEXT NOT NULL, week INTEGER NOT NULL, meaning INTEGER NOT NULL, sketch TEXT "
    "NOT NULL, PRIMARY KEY (source, week));"
    "CREATE TABLE account (number INTEGER PRIMARY KEY NOT "
    "NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);"
    "CREATE INDEX account_by_last ON account (last);"
    "CREATE TABLE number (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL);",
    // audit: see base/audit_record.h. audit_anchor: the last row that retention removed, which is what may be
    // deleted; the triggers keep mistakes from the rest, the hashes show what is no mistake.
    "CREATE TABLE audit (seq INTEGER PRIMARY KEY NOT NULL, time INTEGER NOT NULL, uid INTEGER NOT NULL, name "
    "TEXT NOT NULL, role TEXT NOT NULL, command TEXT NOT NULL, what TEXT NOT NULL, reason TEXT NOT NULL,"
    " outcome TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE INDEX audit_by_time ON audit (time);"
    "CREATE TABLE audit_anchor (seq INTEGER NOT NULL, hash TEXT NOT NULL);"
    "INSERT INTO audit_anchor VALUES (0, '0000000000000000000000000000000000000000000000000000000000000000');"
    "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE (ABORT, 'the audit log is only "
    "added to'); END;"
    "CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN old.seq > (SELECT seq FROM audit_anchor) BEGIN "
    "SELECT RAISE (ABORT, 'the audit log is only added to'); END;",
    // A source may have one of each slot for every actor.
    "CREATE TABLE decision_of_actor (source TEXT NOT NULL, slot INTEGER NOT NULL, action TEXT NOT NULL,"
    " since INTEGER NOT NULL, until INTEGER NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL,"
    " rate INTEGER NOT NULL, burst INTEGER NOT NULL, score REAL NOT NULL, signals TEXT NOT NULL,"
    " requests INTEGER NOT NULL, pages INTEGER NOT NULL, subjects INTEGER NOT NULL,"
    " forwarded INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (source, slot, actor));"
    "INSERT INTO decision_of_actor (source, slot, action, since, until, reason, actor, rate, burst, score,"
    " signals, requests, pages, subjects, forwarded) SELECT source, slot, action, since, until, reason, actor,"
    " rate, burst, score, signals, requests, pages, subjects, forwarded FROM decision;"
    "DROP TABLE decision;"
    "ALTER TABLE decision_of_actor RENAME TO decision;",
    // Decisions that ended, in the order in which they ended. first_address: of the source, see
    // history_store.cpp; ended_by: an actor, or nothing; packets, bytes: -1 where they are not known.
    "CREATE TABLE past (number INTEGER PRIMARY KEY NOT NULL, first_address TEXT NOT NULL,"
    " ended INTEGER NOT NULL, ending TEXT NOT NULL, ended_by TEXT NOT NULL, ended_reason TEXT NOT NULL,"
    " in_effect INTEGER NOT NULL, packets INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " source TEXT NOT NULL, slot INTEGER NOT NULL, action TEXT NOT NULL, since INTEGER NOT NULL,"
    " until INTEGER NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL, rate INTEGER NOT NULL,"
    " burst INTEGER NOT NULL, score REAL NOT NULL, signals TEXT NOT NULL, requests INTEGER NOT NULL,"
    " pages INTEGER NOT NULL, subjects INTEGER NOT NULL, forwarded INTEGER NOT NULL);"
    "CREATE INDEX past_by_source ON past (source);"
    "CREATE INDEX past_by_first_address ON past (first_address);"
    "CREATE INDEX past_by_end ON past (ended);",
};

Result<std::int64_t> number(Database& database, std::string_view pragma) {
  auto statement = database.prepare(pragma);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  return *row ? statement->integer(0) : 0;
}

// WAL: readers never block the daemon, and a process that is killed leaves whole transactions behind. FULL:
// each commit is on the disk when it returns, so not even a power cut takes back what an operator was told is
// done; commits are one a batch, hence few.
Result<void> choose_durability(Database& database) {
  auto statement = database.prepare("PRAGMA journal_mode = WAL");
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row || statement->text(0) != "wal") {
    return Error("the file system cannot hold a write-ahead log; put the database on a local disk");
  }
  return database.execute("PRAGMA synchronous = FULL");
}

Result<void> take_steps(Database& database, std::int64_t version) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step) {
    if (auto done = database.execute(std::string(kSteps[step])); !done) return done;
  }
  const std::string marks =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, newest_schema());
  if (auto marked = database.execute(marks); !marked) return marked;
  return transaction->commit();
}

// All tables, indices and triggers, as they were made.
Result<std::string> structure_of(Database& database) {
  auto select = database.prepare(
      "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name)");
  if (!select) return select.error();
  if (const auto row = select->step(); !row) return row.error();
  return {boost::system::in_place_value, select->text(0)};
}

// Whether the tables are those of this version, whatever the header says.
Result<bool> has_these_tables(Database& database) {
  auto fresh = Database::in_memory();
  if (!fresh) return fresh.error();
  if (auto done = take_steps(*fresh, 0); !done) return done.error();
  const auto wanted = structure_of(*fresh);
  if (!wanted) return wanted.error();
  const auto found = structure_of(database);
  if (!found) return found.error();
  return *wanted == *found;
}

}  // namespace

std::int64_t newest_schema() {
  return static_cast<std::int64_t>(kSteps.size());
}

Result<void> bring_up_to_date(Database& database) {
  const auto tables = number(database, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  const auto application = number(database, "PRAGMA application_id");
  if (!application) return application.error();
  if (*tables > 0 && *application != kApplicationId) {
    // No other program has these three.
    const auto ours =
        number(database,
               "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('decision', "
               "'offence', 'position')");
    if (!ours) return ours.error();
    if (*ours == 3) return Error("its header names another program").with_code(kDamaged);
    return Error("this is a database of another program; name another file");
  }
  const auto version = number(database, "PRAGMA user_version");
  if (!version) return version.error();
  const std::int64_t newest = newest_schema();
  if (*version < 0 || *version > newest) {
    const auto ours = has_these_tables(database);
    if (!ours) return ours.error();
    if (*version < 0 || *ours)
      return Error(fmt::format("its header names version {} of its tables", *version)).with_code(kDamaged);
    return Error(fmt::format(
        "written by a later Sluice (schema {}, this one knows {}); upgrade, or move the file away", *version,
        newest));
  }
  if (auto chosen = choose_durability(database); !chosen) return chosen;
  if (*version == newest) return {};

  return take_steps(database, *version);
}

std::string contents_in_words(Database& database) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kCounted = {{
      {"decision", "decisions"},
      {"past", "decisions that ended"},
      {"offence", "earlier blocks"},
      {"account", "accounts"},
      {"reach", "weeks of sources"},
      {"position", "places in logs"},
      {"audit", "rows of the audit log"},
  }};
  std::string words;
  for (const auto& [table, name] : kCounted) {
    const auto count = number(database, fmt::format("SELECT count(*) FROM {}", table));
    if (count && *count > 0) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", *count, name);
  }
  return words;
}

}  // namespace sluice::store
