// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/backup.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"
#include "daemon/store/schema.h"
#include "daemon/store/sql_values.h"
#include "daemon/store/state_store.h"

namespace sluice::store {
namespace {

constexpr int kBackupBusyMs = 5000;

struct Close {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Result<Handle> open(const std::string& name, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(raw);
  if (code != SQLITE_OK) return sqlite_failure(handle.get());
  sqlite3_busy_timeout(handle.get(), kBackupBusyMs);
  return handle;
}

// The file as it lies there: no lock, no write-ahead log, nothing made beside it.
Result<Handle> open_still(const std::string& file) {
  std::string name = "file:";
  for (const char c : file) {
    if (c == '%' || c == '?' || c == '#') {
      name += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      name += c;
    }
  }
  return open(name + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

// The first column of the first row; empty where there is none.
Result<std::string> text_of(sqlite3* handle, const char* sql) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(handle, sql, -1, &raw, nullptr);
  std::string text;
  if (code == SQLITE_OK) {
    code = sqlite3_step(raw);
    if (code == SQLITE_ROW) {
      const auto* found = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
      if (found != nullptr) text = found;
    }
  }
  sqlite3_finalize(raw);
  if (code != SQLITE_ROW && code != SQLITE_DONE) return sqlite_failure(handle);
  return {boost::system::in_place_value, std::move(text)};
}

Result<std::int64_t> number_of(sqlite3* handle, const char* sql) {
  auto text = text_of(handle, sql);
  if (!text) return text.error();
  return text->empty() ? 0 : std::strtoll(text->c_str(), nullptr, 10);
}

Result<Contents> contents_of(sqlite3* handle) {
  const auto damage = text_of(handle, "PRAGMA integrity_check(1)");
  if (!damage) return damage.error();
  if (*damage != "ok") return Error(fmt::format("is damaged: {}", *damage));
  const auto application = number_of(handle, "PRAGMA application_id");
  if (!application) return application.error();
  if (*application != kApplicationId) return Error("is no database of Sluice");
  Contents contents;
  const auto read = [&](std::int64_t& to, const char* sql) -> Result<void> {
    const auto number = number_of(handle, sql);
    if (!number) return number.error();
    to = *number;
    return {};
  };
  if (auto done = read(contents.schema, "PRAGMA user_version"); !done) return done.error();
  if (contents.schema < 1 || contents.schema > newest_schema()) {
    return Error(fmt::format("written by a later Sluice (schema {}, this one knows {}); upgrade first",
                             contents.schema, newest_schema()));
  }
  if (auto done = read(contents.decisions, "SELECT count(*) FROM decision"); !done) return done.error();
  if (auto done = read(contents.block_histories, "SELECT count(*) FROM offence"); !done) return done.error();
  constexpr std::int64_t kWithAccounts = 3;
  constexpr std::int64_t kWithAudit = 4;
  if (contents.schema >= kWithAccounts) {
    if (auto done = read(contents.accounts, "SELECT count(*) FROM account"); !done) return done.error();
  }
  if (contents.schema >= kWithAudit) {
    if (auto done = read(contents.audit_rows, "SELECT count(*) FROM audit"); !done) return done.error();
    auto head = text_of(handle, "SELECT hash FROM audit ORDER BY seq DESC LIMIT 1");
    if (!head) return head.error();
    contents.audit_head = *std::move(head);
  }
  return contents;
}

Result<void> make_new(const std::string& file) {
  const UniqueFd made(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!made) return Error::system(file, errno);
  return {};
}

Result<void> copy(sqlite3* from, const std::string& to) {
  if (auto made = make_new(to); !made) return made;
  const auto fail = [&](Error error) {
    ::unlink(to.c_str());
    return error.in(to);
  };
  auto target = open(to, SQLITE_OPEN_READWRITE);
  if (!target) return fail(target.error());
  sqlite3_backup* backup = sqlite3_backup_init(target->get(), "main", from, "main");
  if (backup == nullptr) return fail(sqlite_failure(target->get()));
  // All in one step: readers of a write-ahead log keep nobody from writing.
  const int code = sqlite3_backup_step(backup, -1);
  const int end = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE || end != SQLITE_OK)
    return fail(Error(fmt::format("SQLite: {}", sqlite3_errstr(code))));
  return {};
}

// Holds the database so that nobody else has it; null where it is so damaged that nobody can. Fails where
// somebody has.
Result<Handle> hold(const std::string& database) {
  auto handle = open(database, SQLITE_OPEN_READWRITE);
  if (!handle) return handle.error();
  sqlite3_busy_timeout(handle->get(), 0);
  const int code = sqlite3_exec(
      handle->get(),
      "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; SELECT count(*) FROM sqlite_schema; COMMIT", nullptr,
      nullptr, nullptr);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    return Error("is in use: stop sluiced first (systemctl stop sluiced; the filter stays in force)");
  if (code != SQLITE_OK) return Handle();
  return handle;
}

struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

Result<Owner> owner_of(const std::string& database) {
  struct stat found {};
  const std::string folder = std::filesystem::path(database).parent_path().string();
  if (::stat(database.c_str(), &found) != 0 && ::stat(folder.c_str(), &found) != 0)
    return Error::system(folder, errno);
  return Owner{found.st_uid, found.st_gid};
}

void remove_with_companions(const std::string& file) {
  for (const char* suffix : {"-wal", "-shm", ""})
    ::unlink((file + suffix).c_str());
}

}  // namespace

Result<Contents> contents_of(const std::string& file) {
  auto handle = open_still(file);
  if (!handle) return handle.error().in(file);
  auto contents = contents_of(handle->get());
  if (!contents) return contents.error().in(file);
  return contents;
}

Result<Contents> back_up(const std::string& database, const std::string& to) {
  auto handle = open(database, SQLITE_OPEN_READWRITE);
  if (!handle) return handle.error().in(database);
  if (auto done = copy(handle->get(), to); !done) return done.error();
  auto contents = contents_of(to);
  if (!contents) ::unlink(to.c_str());
  return contents;
}

Result<Restored> restore(const std::string& backup, const std::string& database, AuditRecord record,
                         WallTime now) {
  auto contents = contents_of(backup);
  if (!contents) return contents.error();
  auto from = open_still(backup);
  if (!from) return from.error().in(backup);
  const auto owner = owner_of(database);
  if (!owner) return owner.error();
  const bool is_there = ::access(database.c_str(), F_OK) == 0;
  Handle held;
  if (is_there) {
    auto holding = hold(database);
    if (!holding) return holding.error().in(database);
    held = *std::move(holding);
  }

  const std::string ready = fmt::format("{}.restoring-{}", database, file_stamp(now));
  const auto fail = [&](const Error& error) {
    remove_with_companions(ready);
    return error;
  };
  if (auto done = copy(from->get(), ready); !done) return done.error();
  {
    auto store = StateStore::open(ready, now);
    if (!store) return fail(store.error());
    std::vector<AuditRecord> records;
    records.push_back(std::move(record));
    if (auto done = (*store)->audit(std::move(records)); !done) return fail(done.error().in(ready));
  }
  if (::chown(ready.c_str(), owner->uid, owner->gid) != 0) return fail(Error::system(ready, errno));

  Restored restored{*std::move(contents), std::nullopt};
  if (is_there) {
    const std::string aside = fmt::format("{}.before-restore-{}", database, file_stamp(now));
    // The write-ahead log first: it must never be left for the new database to find.
    for (const char* suffix : {"-wal", "-shm", ""}) {
      if (std::rename((database + suffix).c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT)
        return fail(Error::system(fmt::format("{}: renaming it to {}", database, aside), errno));
    }
    restored.aside = aside;
  }
  if (std::rename(ready.c_str(), database.c_str()) != 0) return fail(Error::system(database, errno));
  return restored;
}

}  // namespace sluice::store
