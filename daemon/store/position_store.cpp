// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/position_store.h"

namespace sluice::store {

Result<PositionStore> PositionStore::create(Database& database) {
  auto upsert = database.prepare("INSERT OR REPLACE INTO position (path, place) VALUES (?1, ?2)");
  if (!upsert) return upsert.error();
  auto select = database.prepare("SELECT path, place FROM position");
  if (!select) return select.error();
  return PositionStore(*std::move(upsert), *std::move(select));
}

Result<void> PositionStore::write() {
  for (const auto& [path, place] : noted_) {
    if (auto done = upsert_.bind(1, path).bind(2, place).run(); !done) return done;
  }
  return {};
}

Result<std::map<std::string, std::string>> PositionStore::load() {
  std::map<std::string, std::string> places;
  while (true) {
    const auto row = select_.step();
    if (!row) return row.error();
    if (!*row) return places;
    places.emplace(select_.text(0), select_.text(1));
  }
}

}  // namespace sluice::store
