// SPDX-License-Identifier: Apache-2.0
// Where each followed log was left, by path. The numbers are intake's; store/ and intake/ do not know each other, so
// app/ carries them across.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/store/database.h"

namespace sluice::store {

// device, inode, offset, head_bytes, head_hash of an intake::Position.
using StoredPosition = std::array<std::uint64_t, 5>;

class PositionStore {
 public:
  // `database` must outlive the store.
  [[nodiscard]] static Result<std::unique_ptr<PositionStore>> create(Database& database);

  [[nodiscard]] Result<std::optional<StoredPosition>> find(std::string_view path);
  // Written into the database's open transaction, unless it stands there already.
  [[nodiscard]] Result<void> save(std::string_view path, const StoredPosition& position);

 private:
  struct Statements {
    Statement select;
    Statement upsert;
  };
  PositionStore(Database& database, Statements statements)
      : database_(database), statements_(std::move(statements)) {}

  Database& database_;
  Statements statements_;
};

}  // namespace sluice::store
