// SPDX-License-Identifier: Apache-2.0
// One SQLite database, its statements and its transactions, with one owner each. Used by the stores of this
// folder; knows no table. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>
#include <sys/types.h>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::store {

// A prepared statement. Bind every parameter (from 1), then run() it or step() through its rows (columns from
// 0). The next run() or step() returns the error of a failed binding.
class Statement {
 public:
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view value);  // text of any bytes, copied

  // Executes a statement without rows, and resets it.
  [[nodiscard]] Result<void> run();
  // Whether there is another row. After the last row the statement is reset.
  [[nodiscard]] Result<bool> step();

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  // Until the next step.
  [[nodiscard]] std::string_view text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int binding_ = SQLITE_OK;  // the first binding that failed
};

class Database {
 public:
  // Whether a database is as its user wants it. What fails for another reason than the disk is damage.
  using Check = std::function<Result<void>(Database&)>;

  // Opens the file or makes one that only its owner can read, checks that it is sound, brings its schema up
  // to date. A file that is damaged in any way is set aside as PATH.corrupt-TIME and a new one started: see
  // set_aside(). Fails where there can be no file, and on one that belongs to another program or to a later
  // version of this one.
  [[nodiscard]] static Result<Database> open(const std::string& path, WallTime now, const Check& check = {});

  // The same where it is known already that the file is damaged, and how.
  [[nodiscard]] static Result<Database> open_instead(const std::string& path, WallTime now,
                                                     const std::string& damage, const Check& check);

  // Opens the file for reading alone, on a disk that is full or read-only: nothing is made beside it. Fails
  // if it is damaged, and on a read-only disk if a process that was killed left a write-ahead log.
  [[nodiscard]] static Result<Database> open_for_reading(const std::string& path);

  // One that is empty, without tables, and in memory.
  [[nodiscard]] static Result<Database> in_memory();

  // What was wrong with the former file, where it is now and what it held, for the log; nothing when it was
  // sound.
  [[nodiscard]] const std::optional<std::string>& set_aside() const { return set_aside_; }

  // Whether the file at the path is still this one, with its write-ahead log. A file that is removed or
  // replaced is written to as before, and is gone with this process.
  [[nodiscard]] bool is_in_place() const;

  [[nodiscard]] Result<void> execute(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  // Whether all of these statements can be prepared: the tables and columns that they name are there.
  [[nodiscard]] Result<void> check(std::initializer_list<std::string_view> statements);

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  using Handle = std::unique_ptr<sqlite3, Close>;

  explicit Database(Handle handle) : handle_(std::move(handle)) {}
  [[nodiscard]] static Result<Database> open_file(const std::string& path, int flags);
  // Opens the file or makes one. The error's code is kDamaged if it is damaged.
  [[nodiscard]] static Result<Database> open_sound(const std::string& path, const Check& check);
  [[nodiscard]] Result<void> look_for_damage();

  Handle handle_;
  std::string path_;  // empty: in memory, or for reading
  dev_t device_ = 0;  // of the file that was opened
  ino_t inode_ = 0;
  std::optional<std::string> set_aside_;
};

// Everything until commit() happens, or nothing does.
class Transaction {
 public:
  // The database must outlive it.
  [[nodiscard]] static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // On success it is on the disk.
  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;  // null: nothing to roll back
};

}  // namespace sluice::store
