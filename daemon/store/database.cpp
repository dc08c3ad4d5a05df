// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/database.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "daemon/base/unique_fd.h"
#include "daemon/store/schema.h"
#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

// Somebody may look into the file with sqlite3 while the daemon runs; nobody else writes. The loop's thread
// waits.
constexpr int kBusyMs = 1000;

bool is_damage(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

// Decisions name people's addresses, and SQLite would let everybody read a file that it makes. Its companions
// (-wal, -shm) get the permissions of this one.
Result<void> make_private(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file) return {};
  const Error error = Error::system("cannot be opened or made", errno);
  return error.code() == ENOENT ? Error(error.message() + "; make its folder first") : error;
}

// 20261124T060724Z
Result<void> rename_with_companions(const std::string& from, const std::string& to) {
  // The write-ahead log first: it must never be left for the new database to find.
  for (const char* suffix : {"-wal", "-shm", ""}) {
    if (std::rename((from + suffix).c_str(), (to + suffix).c_str()) != 0 && errno != ENOENT) {
      return Error::system(fmt::format("is damaged and cannot be renamed to {}", to), errno);
    }
  }
  return {};
}

}  // namespace

// ---- Statement ----

Statement& Statement::bind(int parameter, std::int64_t value) {
  const int code = sqlite3_bind_int64(handle_.get(), parameter, value);
  if (binding_ == SQLITE_OK) binding_ = code;
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  const int code = sqlite3_bind_double(handle_.get(), parameter, value);
  if (binding_ == SQLITE_OK) binding_ = code;
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
  const int code = sqlite3_bind_text64(handle_.get(), parameter, value.data(), value.size(), SQLITE_TRANSIENT,
                                       SQLITE_UTF8);
  if (binding_ == SQLITE_OK) binding_ = code;
  return *this;
}

Result<bool> Statement::step() {
  if (const int code = std::exchange(binding_, SQLITE_OK); code != SQLITE_OK) {
    return Error(fmt::format("SQLite: a value could not be bound: {}", sqlite3_errstr(code)));
  }
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(handle_.get());
    return false;
  }
  const Error error = sqlite_failure(sqlite3_db_handle(handle_.get()));
  sqlite3_reset(handle_.get());
  return error;
}

Result<void> Statement::run() {
  while (true) {
    const auto more = step();
    if (!more) return more.error();
    if (!*more) return {};
  }
}

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

// ---- Database ----

Result<Database::Handle> Database::open_handle(const std::string& path) {
  if (auto made = make_private(path); !made) return made.error();
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(raw);  // there is one after a failure too
  if (code != SQLITE_OK) return sqlite_failure(handle.get());
  sqlite3_busy_timeout(handle.get(), kBusyMs);
  return handle;
}

Result<std::string> Database::damage_of(const Handle& handle) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(handle.get(), "PRAGMA quick_check(1)", -1, &raw, nullptr);
  const Statement check(raw);
  if (code == SQLITE_OK) code = sqlite3_step(raw);
  std::string damage;
  if (code == SQLITE_ROW) {
    damage = check.text(0);
  } else if (is_damage(code)) {
    damage = sqlite3_errmsg(handle.get());
  } else {
    return sqlite_failure(handle.get());
  }
  return {boost::system::in_place_value, damage == "ok" ? std::string() : std::move(damage)};
}

Result<Database> Database::open(const std::string& path, WallTime now) {
  auto handle = open_handle(path);
  if (!handle) return handle.error().in(path);
  const auto damage = damage_of(*handle);
  if (!damage) return damage.error().in(path);

  std::optional<std::string> set_aside;
  if (!damage->empty()) {
    const std::string aside = fmt::format("{}.corrupt-{}", path, file_stamp(now));
    handle->reset();
    if (auto renamed = rename_with_companions(path, aside); !renamed) return renamed.error().in(path);
    handle = open_handle(path);
    if (!handle) return handle.error().in(path);
    set_aside =
        fmt::format("{} is damaged ({}); it is kept as {}, and a new one is started", path, *damage, aside);
  }

  Database database(*std::move(handle));
  database.set_aside_ = std::move(set_aside);
  if (auto current = bring_up_to_date(database); !current) return current.error().in(path);
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_failure(handle_.get());
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return sqlite_failure(handle_.get());
  return Statement(handle);
}

// ---- Transaction ----

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Result<void> Transaction::commit() {
  if (auto committed = database_->execute("COMMIT"); !committed) return committed.error();
  database_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  // Fails only where SQLite has rolled back by itself (a full disk), which is what is wanted.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

}  // namespace sluice::store
