// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/position_store.h"

#include <string_view>

namespace sluice::store {
namespace {

constexpr std::string_view kUpsertPlace = "INSERT OR REPLACE INTO position (path, place) VALUES (?1, ?2)";
constexpr std::string_view kSelectPlaces = "SELECT path, place FROM position";

}  // namespace

Result<void> PositionStore::check(Database& database) {
  return database.check({kUpsertPlace, kSelectPlaces});
}

Result<void> PositionStore::write(Database& database) {
  if (noted_.empty()) return {};
  auto upsert = database.prepare(kUpsertPlace);
  if (!upsert) return upsert.error();
  for (const auto& [path, place] : noted_) {
    if (auto done = upsert->bind(1, path).bind(2, place).run(); !done) return done;
  }
  return {};
}

Result<std::map<std::string, std::string>> PositionStore::load(Database& database) {
  auto select = database.prepare(kSelectPlaces);
  if (!select) return select.error();
  std::map<std::string, std::string> places;
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return places;
    places.emplace(select->text(0), select->text(1));
  }
}

}  // namespace sluice::store
