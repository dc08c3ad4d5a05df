// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/database.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/folder.h"
#include "daemon/store/schema.h"
#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

// Somebody may look into the file with sqlite3 while the daemon runs; nobody else writes. The loop's thread
// waits.
constexpr int kBusyMs = 1000;

// Decisions name people's addresses, and SQLite would let everybody read a file that it makes. Its companions
// (-wal, -shm) get the permissions and the owner of this one. Root makes it for the owner of the folder.
Result<struct stat> make_private(const std::string& path) {
  const auto folder = Folder::open_parent(path);
  if (!folder) {
    const Error error = Error::system("cannot be opened or made", folder.error().code());
    return error.code() == ENOENT ? Error(error.message() + "; make its folder first").with_code(ENOENT)
                                  : error;
  }
  const auto file = folder->make_or_open(file_name(path), O_RDWR, S_IRUSR | S_IWUSR);
  if (!file) return Error::system("cannot be opened or made", file.error().code());
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return Error::system("cannot be looked at", errno);
  return status;
}

// "20261124T060724Z" ends the new name.
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

Result<Database> Database::open_file(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(raw);  // there is one after a failure too
  if (code != SQLITE_OK) return sqlite_failure(handle.get());
  sqlite3_busy_timeout(handle.get(), kBusyMs);
  return Database(std::move(handle));
}

Result<void> Database::look_for_damage() {
  auto check = prepare("PRAGMA quick_check(1)");
  if (!check) return check.error();
  const auto row = check->step();
  if (!row) return row.error();
  if (check->text(0) != "ok") return Error(std::string(check->text(0))).with_code(kDamaged);
  return {};
}

Result<Database> Database::open_sound(const std::string& path, const Check& check) {
  const auto file = make_private(path);
  if (!file) return file.error();
  auto database = open_file(path, SQLITE_OPEN_READWRITE);
  if (!database) return database;
  if (auto sound = database->look_for_damage(); !sound) return sound.error();
  // The file itself could be opened for writing just now: its header says otherwise.
  if (sqlite3_db_readonly(database->handle_.get(), "main") == 1)
    return Error("its header says that it is never written").with_code(kDamaged);
  database->path_ = path;
  database->device_ = file->st_dev;
  database->inode_ = file->st_ino;
  if (auto current = bring_up_to_date(*database); !current) return current.error();
  if (check) {
    if (auto checked = check(*database); !checked) return checked.error();
  }
  return database;
}

Result<Database> Database::open(const std::string& path, WallTime now, const Check& check) {
  auto opened = open_sound(path, check);
  if (opened) return opened;
  if (opened.error().code() != kDamaged) return opened.error().in(path);
  return open_instead(path, now, opened.error().message(), check);
}

Result<Database> Database::open_instead(const std::string& path, WallTime now, const std::string& damage,
                                        const Check& check) {
  std::string held;
  if (auto damaged = open_file(immutable_uri(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI); damaged)
    held = contents_in_words(*damaged);
  const std::string aside = fmt::format("{}.corrupt-{}", path, file_stamp(now));
  if (auto renamed = rename_with_companions(path, aside); !renamed) return renamed.error().in(path);
  auto fresh = open_sound(path, check);
  if (!fresh) return fresh.error().in(path);
  fresh->set_aside_ =
      fmt::format("{} is damaged ({}); it is kept as {}, and a new one is started. {}", path, damage, aside,
                  held.empty() ? "What it held cannot be told" : "It held " + held);
  return fresh;
}

Result<Database> Database::open_for_reading(const std::string& path) {
  // With an exclusive lock the index of the write-ahead log is in memory, and not in a file beside it.
  auto database = open_file(path, SQLITE_OPEN_READWRITE);
  if (database) {
    if (auto locked = database->execute("PRAGMA locking_mode = EXCLUSIVE"); !locked) return locked.error();
    auto sound = database->look_for_damage();
    if (sound) return database;
    if (sound.error().code() == kDamaged) return sound.error().in(path);
  }
  struct stat log {};
  if (::stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0)
    return Error(fmt::format("{}: what a killed process left in {}-wal cannot be read on a read-only disk",
                             path, path));
  database = open_file(immutable_uri(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  if (!database) return database.error().in(path);
  if (auto sound = database->look_for_damage(); !sound) return sound.error().in(path);
  return database;
}

Result<Database> Database::in_memory() {
  return open_file(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

bool Database::is_in_place() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0 || status.st_dev != device_ || status.st_ino != inode_)
    return false;
  return ::access((path_ + "-wal").c_str(), F_OK) == 0;
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

Result<void> Database::check(std::initializer_list<std::string_view> statements) {
  for (const std::string_view sql : statements) {
    if (const auto prepared = prepare(sql); !prepared) return prepared.error();
  }
  return {};
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
