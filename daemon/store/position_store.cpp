// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/position_store.h"

#include <utility>

namespace sluice::store {

Result<std::unique_ptr<PositionStore>> PositionStore::create(Database& database) {
  auto select =
      database.prepare("SELECT device, inode, offset, head_bytes, head_hash FROM positions WHERE path = ?");
  if (!select) return select.error();
  auto upsert = database.prepare(
      "INSERT OR REPLACE INTO positions (path, device, inode, offset, head_bytes, head_hash) VALUES (?, ?, ?, ?, ?, ?)");
  if (!upsert) return upsert.error();
  return std::unique_ptr<PositionStore>(new PositionStore(database, {*std::move(select), *std::move(upsert)}));
}

Result<std::optional<StoredPosition>> PositionStore::find(std::string_view path) {
  auto row = statements_.select.bind(1, path).step();
  if (!row) return row.error();
  if (!*row) return std::optional<StoredPosition>();
  StoredPosition position{};
  for (std::size_t i = 0; i < position.size(); ++i) {
    position[i] = static_cast<std::uint64_t>(statements_.select.integer(static_cast<int>(i)));
  }
  if (auto done = statements_.select.step(); !done) return done.error();  // past the one row: ready again
  return std::optional<StoredPosition>(position);
}

Result<void> PositionStore::save(std::string_view path, const StoredPosition& position) {
  auto known = find(path);
  if (!known) return known.error();
  if (*known == position) return {};
  if (auto begun = database_.begin(); !begun) return begun;
  statements_.upsert.bind(1, path);
  for (std::size_t i = 0; i < position.size(); ++i) {
    statements_.upsert.bind(static_cast<int>(i) + 2, static_cast<std::int64_t>(position[i]));
  }
  return statements_.upsert.run();
}

}  // namespace sluice::store
