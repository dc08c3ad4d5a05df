// SPDX-License-Identifier: Apache-2.0
// import: decisions that were made elsewhere.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "ctl/context.h"
#include "ctl/import_formats.h"
#include "daemon/base/error.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

// As typed.
struct ImportArguments {
  std::string file = "-";
  std::string format = "auto";
  control::Action action = control::Action::unset;  // --action; unset: what the text says, else block
  std::string duration;  // --for; empty: what the text says, else the configured time
  std::string reason;    // --reason; empty: what the text says
  bool dry_run = false;
};

// When a line cannot be read, all such are named and nothing is sent (kUsage).
[[nodiscard]] int import_decisions(const Context& context, const ImportArguments& arguments,
                                   std::istream& input);

// The decision as it is sent; an Error where the arguments contradict the text. `until`: from --for.
[[nodiscard]] Result<control::ImportRow> import_row(const ImportEntry& entry,
                                                    const ImportArguments& arguments,
                                                    std::optional<WallTime> until);

// The reason with who decided first, of at most control::kMaxReason bytes. A reason that has it already
// stays.
[[nodiscard]] std::string imported_reason(std::string_view reason, std::string_view actor);

}  // namespace sluice::ctl
