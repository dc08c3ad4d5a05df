// SPDX-License-Identifier: Apache-2.0
// What root did on the kernel's tables while no daemon ran (`sluiced rescue`), in a file beside the database,
// for the next daemon to take over. One line each. Written by app/commands/rescue, also where the database is
// damaged; read by app/run/stored_state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"

namespace sluice::store {

struct RescueNote {
  enum class Kind : std::uint8_t { unblock, allow };
  Kind kind = Kind::unblock;
  WallTime time;
  std::int64_t uid = 0;
  std::string name;  // of the user
  Prefix source;
  WallTime until;      // of an allow; kForever for an unblock
  std::string reason;  // of an allow

  // Whether the stored decision was ended by it.
  [[nodiscard]] bool ends(const decisions::Decision& decision) const;
};

[[nodiscard]] std::string rescue_file(const std::string& database);

// Adds the notes; they are on the disk when it returns. All or none of them is kept.
[[nodiscard]] Result<void> add_rescue_notes(const std::string& database, std::span<const RescueNote> notes);

struct RescueNotes {
  std::vector<RescueNote> notes;  // in the order in which they were taken
  std::size_t unreadable = 0;     // lines
};
// Nothing where there is no file.
[[nodiscard]] Result<RescueNotes> read_rescue_notes(const std::string& database);

// When they were taken over.
[[nodiscard]] Result<void> remove_rescue_notes(const std::string& database);

}  // namespace sluice::store
