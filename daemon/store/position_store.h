// SPDX-License-Identifier: Apache-2.0
// How far each log was read, so that a restart goes on from there. The place is a text that only intake/
// understands. state_store writes it together with the decisions that the lines before it led to.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/store/database.h"

namespace sluice::store {

class PositionStore {
 public:
  // As in DecisionStore.
  [[nodiscard]] static Result<void> check(Database& database);

  // path: of the log, as configured. place: any bytes.
  void note(const std::string& path, std::string place) { noted_.insert_or_assign(path, std::move(place)); }

  // As in DecisionStore.
  [[nodiscard]] Result<void> write(Database& database);
  void written() { noted_.clear(); }
  [[nodiscard]] std::size_t noted() const { return noted_.size(); }

  // The place of each log that was ever noted.
  [[nodiscard]] static Result<std::map<std::string, std::string>> load(Database& database);

 private:
  std::map<std::string, std::string> noted_;  // as many as there are logs
};

}  // namespace sluice::store
