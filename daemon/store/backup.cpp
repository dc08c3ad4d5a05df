// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/backup.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/acting_as.h"
#include "daemon/base/folder.h"
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

// As contents_of(); errors do not name the file.
Result<Contents> look_into(const std::string& file) {
  auto handle = open(immutable_uri(file), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  if (!handle) return handle.error();
  return contents_of(handle->get());
}

// A folder that nobody but the user of this process can reach; it goes with what is in it.
class StagingFolder {
 public:
  static Result<StagingFolder> create() {
    std::error_code error;
    std::string path = (std::filesystem::temp_directory_path(error) / "sluice-XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr) return Error::system(path, errno);
    return StagingFolder(std::move(path));
  }
  StagingFolder(StagingFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;
  StagingFolder& operator=(StagingFolder&&) = delete;
  ~StagingFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file() const { return path_ + "/state.db"; }

 private:
  explicit StagingFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Result<void> copy_bytes(const UniqueFd& from, const UniqueFd& to) {
  std::vector<char> buffer(std::size_t{256} << 10U);
  while (true) {
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("read", errno);
    if (got == 0) return {};
    for (ssize_t written = 0; written < got;) {
      const ssize_t wrote =
          ::write(to.get(), buffer.data() + written, static_cast<std::size_t>(got - written));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return Error::system("write", errno);
      written += wrote;
    }
  }
}

// The whole file; `to` is new.
Result<void> copy_file(const std::string& from, const std::string& to) {
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!source) return Error::system(from, errno);
  struct stat status {};
  if (::fstat(source.get(), &status) != 0) return Error::system(from, errno);
  if (!S_ISREG(status.st_mode)) return Error(fmt::format("{}: not a regular file", from));
  const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!target) return Error::system(to, errno);
  if (auto done = copy_bytes(source, target); !done) return done.error().in(from);
  return {};
}

Result<void> copy_database(sqlite3* from, sqlite3* to) {
  sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) return sqlite_failure(to);
  // All in one step: readers of a write-ahead log keep nobody from writing.
  const int code = sqlite3_backup_step(backup, -1);
  const int end = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE || end != SQLITE_OK)
    return Error(fmt::format("SQLite: {}", sqlite3_errstr(code == SQLITE_DONE ? end : code)));
  return {};
}

// With whose rights a database is opened by its name: whoever can exchange it.
Owner user_of(const Folder& folder, const std::string& name) {
  const auto owner = folder.owner_of(name);
  return owner && owner->uid != 0 ? *owner : folder.owner();
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

// A database that nobody else can open meanwhile; closed with the rights of its owner.
class HeldDatabase {
 public:
  static Result<HeldDatabase> create(const std::string& database, const Owner& user) {
    const auto acting = ActingAs::user(user);
    if (!acting) return acting.error();
    auto held = hold(database);
    if (!held) return held.error().in(database);
    return HeldDatabase(*std::move(held), user);
  }
  HeldDatabase(HeldDatabase&&) noexcept = default;
  HeldDatabase(const HeldDatabase&) = delete;
  HeldDatabase& operator=(const HeldDatabase&) = delete;
  HeldDatabase& operator=(HeldDatabase&&) = delete;
  ~HeldDatabase() {
    if (!handle_) return;
    // SQLite removes what lies beside the database by name.
    if (const auto acting = ActingAs::user(user_); acting) handle_.reset();
  }

 private:
  HeldDatabase(Handle handle, Owner user) : handle_(std::move(handle)), user_(user) {}

  Handle handle_;  // null: it is so damaged that nobody can open it
  Owner user_;
};

// A backup, brought up to date in a folder that nobody else can reach.
Result<Contents> stage(const std::string& backup, const std::string& staged, AuditRecord record,
                       WallTime now) {
  if (auto copied = copy_file(backup, staged); !copied) return copied.error();
  auto contents = look_into(staged);
  if (!contents) return contents;
  auto store = StateStore::open(staged, now);
  if (!store) return store.error();
  record.outcome = fmt::format("in place of the former state: {}", in_words(*contents));
  std::vector<AuditRecord> records;
  records.push_back(std::move(record));
  if (auto done = (*store)->audit(std::move(records)); !done) return done.error();
  store->reset();
  if (::access((staged + "-wal").c_str(), F_OK) == 0)
    return Error("its write-ahead log could not be written back");
  return contents;
}

// Fills a new file with the staged one, for the owner of the former database.
Result<UniqueFd> place(const std::string& staged, const Folder& folder, const std::string& name,
                       const Owner& owner) {
  const UniqueFd from(::open(staged.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from) return Error::system(staged, errno);
  auto made = folder.make(name, S_IRUSR | S_IWUSR);
  if (!made) return made;
  auto done = copy_bytes(from, *made);
  if (done && ::geteuid() == 0 && !folder.is_of_another_user() &&
      ::fchown(made->get(), owner.uid, owner.gid) != 0)
    done = Error::system("fchown", errno);
  if (done && ::fsync(made->get()) != 0) done = Error::system("fsync", errno);
  if (done) return made;
  (void)folder.remove(name);
  return done.error().in(name);
}

}  // namespace

std::string in_words(const Contents& contents) {
  return fmt::format("{} decisions, {} offences, {} accounts, {} audit rows{}{}", contents.decisions,
                     contents.block_histories, contents.accounts, contents.audit_rows,
                     contents.audit_head.empty() ? "" : ", audit head ", contents.audit_head);
}

Result<Contents> contents_of(const std::string& file) {
  auto contents = look_into(file);
  if (!contents) return contents.error().in(file);
  return contents;
}

Result<Contents> back_up(const std::string& database, const std::string& to) {
  const UniqueFd file(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return Error::system(to, errno);
  auto contents = back_up(database, file);
  if (contents && ::fsync(file.get()) != 0) contents = Error::system(to, errno);
  if (!contents) ::unlink(to.c_str());
  return contents;
}

Result<Contents> back_up(const std::string& database, const UniqueFd& to) {
  const auto folder = Folder::open_parent(database);
  if (!folder) return folder.error();
  const auto staging = StagingFolder::create();
  if (!staging) return staging.error();
  {
    auto target = open(staging->file(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (!target) return target.error().in(staging->file());
    // From here on SQLite needs no other file of it: the owner of the database may not reach this folder.
    if (auto done = text_of(target->get(), "PRAGMA journal_mode = OFF"); !done) return done.error();
    const auto acting = ActingAs::user(user_of(*folder, file_name(database)));
    if (!acting) return acting.error();
    auto source = open(database, SQLITE_OPEN_READWRITE);
    if (!source) return source.error().in(database);
    if (auto done = copy_database(source->get(), target->get()); !done) return done.error().in(database);
    source->reset();
  }
  auto contents = look_into(staging->file());
  if (!contents) return contents.error().in(database);
  const UniqueFd copy(::open(staging->file().c_str(), O_RDONLY | O_CLOEXEC));
  if (!copy) return Error::system(staging->file(), errno);
  if (auto done = copy_bytes(copy, to); !done) return done.error();
  return contents;
}

Result<Restored> restore(const std::string& backup, const std::string& database, AuditRecord record,
                         WallTime now) {
  const auto staging = StagingFolder::create();
  if (!staging) return staging.error();
  auto contents = stage(backup, staging->file(), std::move(record), now);
  if (!contents) return contents.error().in(backup);
  const auto folder = Folder::open_parent(database);
  if (!folder) return folder.error();
  const std::string name = file_name(database);
  std::optional<HeldDatabase> held;
  const auto former = folder->owner_of(name);
  if (former) {
    auto holding = HeldDatabase::create(database, user_of(*folder, name));
    if (!holding) return holding.error();
    held.emplace(*std::move(holding));
  }

  const std::string ready = fmt::format("{}.restoring-{}", name, file_stamp(now));
  const auto made = place(staging->file(), *folder, ready, former ? *former : folder->owner());
  if (!made) return made.error().in(database);
  Restored restored{*std::move(contents), std::nullopt};
  if (former) {
    const std::string aside = fmt::format("{}.before-restore-{}", name, file_stamp(now));
    // The write-ahead log first: it must never be left for the new database to find.
    for (const char* suffix : {"-wal", "-shm", ""}) {
      if (auto done = folder->rename(name + suffix, aside + suffix); !done && done.error().code() != ENOENT) {
        (void)folder->remove(ready);
        return done.error().in("putting the former state aside");
      }
    }
    restored.aside = fmt::format("{}.before-restore-{}", database, file_stamp(now));
  }
  if (auto done = folder->rename(ready, name); !done) return done.error();
  if (!folder->has(name, *made))
    return Error(fmt::format("{} was exchanged by somebody while it was restored", database));
  return restored;
}

}  // namespace sluice::store
