// SPDX-License-Identifier: Apache-2.0
// The state file: one SQLite connection, its schema, and the one open transaction that the stores of this folder write
// into. Used by them and by app/, which says when to commit. Knows no table's meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::store {

// A prepared statement. Bind from 1, step, read columns from 0, reset.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& bind(int at, std::int64_t value);
  Statement& bind(int at, double value);
  Statement& bind(int at, std::string_view value);

  // True: a row is there to be read. False: done, and the statement is ready to be bound again.
  [[nodiscard]] Result<bool> step();
  // For statements without rows.
  [[nodiscard]] Result<void> run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  // until the next step

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
};

class Database {
 public:
  struct Opened {
    std::unique_ptr<Database> database;
    std::optional<std::string> set_aside;  // where a file that was no longer readable as a database was moved to
  };
  // Opens the file or makes it (0640), and brings its schema up to date. A corrupt file is moved to
  // NAME.corrupt-SECONDS and a new one begun. Fails where it cannot be made, and where a later version of Sluice wrote
  // it.
  [[nodiscard]] static Result<Opened> open(const std::string& path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();  // commits what is open

  [[nodiscard]] Result<Statement> prepare(std::string_view sql);

  // Opens the transaction unless one is open. To be called before each write.
  [[nodiscard]] Result<void> begin();
  // Whether something written waits for flush().
  [[nodiscard]] bool is_dirty() const { return in_transaction_; }
  // Commits: what was written before survives a crash and a power failure from when this returns.
  [[nodiscard]] Result<void> flush();

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  [[nodiscard]] static Result<std::unique_ptr<Database>> open_file(const std::string& path);
  [[nodiscard]] Result<void> configure();
  [[nodiscard]] Result<void> migrate();
  [[nodiscard]] Result<void> execute(const char* sql);

  sqlite3* handle_;
  bool in_transaction_ = false;
};

}  // namespace sluice::store
