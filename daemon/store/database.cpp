// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

namespace sluice::store {
namespace {

// Step N brings a file of version N to N + 1; never changed once released, only added to.
constexpr std::array<const char*, 1> kMigrations = {R"sql(
  CREATE TABLE decisions (
    source TEXT NOT NULL,
    is_allow INTEGER NOT NULL,
    action TEXT NOT NULL,
    since_ns INTEGER NOT NULL,
    until_ns INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    packets_per_second INTEGER NOT NULL,
    burst INTEGER NOT NULL,
    score REAL NOT NULL,
    signals TEXT NOT NULL,
    requests INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    subjects INTEGER NOT NULL,
    PRIMARY KEY (source, is_allow)
  ) WITHOUT ROWID;
  CREATE TABLE offences (
    source TEXT PRIMARY KEY,
    blocks INTEGER NOT NULL,
    last_ns INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE positions (
    path TEXT PRIMARY KEY,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    head_bytes INTEGER NOT NULL,
    head_hash INTEGER NOT NULL
  ) WITHOUT ROWID;
)sql"};

Error error_of(sqlite3* database, std::string_view what) {
  return Error(fmt::format("{}: {}", what, sqlite3_errmsg(database)));
}

bool is_corruption(sqlite3* database) {
  const int code = sqlite3_errcode(database);
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(statement_, at, value);
  return *this;
}

Statement& Statement::bind(int at, double value) {
  sqlite3_bind_double(statement_, at, value);
  return *this;
}

Statement& Statement::bind(int at, std::string_view value) {
  sqlite3_bind_text64(statement_, at, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  const Error error = error_of(database_, "state file");
  sqlite3_reset(statement_);
  if (code == SQLITE_DONE) return false;
  return error;
}

Result<void> Statement::run() {
  auto stepped = step();
  if (!stepped) return stepped.error();
  return {};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {text == nullptr ? "" : text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<Database::Opened> Database::open(const std::string& path) {
  auto opened = open_file(path);
  if (opened) return Opened{*std::move(opened), std::nullopt};
  if (opened.error().code() != SQLITE_CORRUPT) return opened.error();

  // Aside with its journal, which would be applied to the new file otherwise.
  const std::string aside = fmt::format("{}.corrupt-{}", path, std::time(nullptr));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    if (std::rename((path + suffix).c_str(), (aside + suffix).c_str()) != 0 && *suffix == '\0') {
      return opened.error();
    }
  }
  auto fresh = open_file(path);
  if (!fresh) return fresh.error();
  return Opened{*std::move(fresh), aside};
}

Result<std::unique_ptr<Database>> Database::open_file(const std::string& path) {
  sqlite3* handle = nullptr;
  const mode_t before = ::umask(0027);  // addresses are personal data: not for everybody to read
  const int code = sqlite3_open_v2(path.c_str(), &handle,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  ::umask(before);
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) return error_of(handle, path);
  for (const auto step : {&Database::configure, &Database::migrate}) {
    auto done = (database.get()->*step)();
    if (done) continue;
    const bool corrupt = is_corruption(handle) || done.error().code() == SQLITE_CORRUPT;
    return corrupt ? Error::with_code(path + ": " + done.error().message(), SQLITE_CORRUPT) : done.error().in(path);
  }
  return database;
}

Database::~Database() {
  if (in_transaction_) (void)flush();
  sqlite3_close_v2(handle_);
}

// WAL: readers (a backup) never wait, and a kill at any instant leaves the last commit whole. FULL: a commit is on the
// disk when it returns, so that a power failure loses no decision that was acknowledged; commits are few, because
// writes are gathered (about 3 ms each on a disk that really syncs).
Result<void> Database::configure() {
  if (auto done = execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;"); !done) {
    return done;
  }
  auto check = prepare("PRAGMA quick_check(1)");
  if (!check) return check.error();
  auto row = check->step();
  if (!row) return row.error();
  if (check->text(0) != "ok") return Error::with_code(std::string(check->text(0)), SQLITE_CORRUPT);
  return {};
}

Result<void> Database::migrate() {
  std::int64_t version = 0;
  {
    auto query = prepare("PRAGMA user_version");
    if (!query) return query.error();
    auto row = query->step();
    if (!row) return row.error();
    version = query->integer(0);
  }
  const auto current = static_cast<std::int64_t>(kMigrations.size());
  if (version > current) {
    return Error(fmt::format("was written by a later version of Sluice (schema {}, this one knows {}); install that "
                             "version, or move the file away",
                             version, current));
  }
  for (; version < current; ++version) {
    const std::string step = fmt::format("BEGIN IMMEDIATE; {} PRAGMA user_version = {}; COMMIT;",
                                         kMigrations[static_cast<std::size_t>(version)], version + 1);
    if (auto done = execute(step.c_str()); !done) {
      (void)execute("ROLLBACK");
      return done;
    }
  }
  return {};
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error_of(handle_, "state file");
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return error_of(handle_, "state file");
  }
  return Statement(handle_, statement);
}

Result<void> Database::begin() {
  if (in_transaction_) return {};
  auto done = execute("BEGIN IMMEDIATE");
  in_transaction_ = static_cast<bool>(done);
  return done;
}

Result<void> Database::flush() {
  if (!in_transaction_) return {};
  in_transaction_ = false;
  auto done = execute("COMMIT");
  if (!done) (void)execute("ROLLBACK");
  return done;
}

}  // namespace sluice::store
