// SPDX-License-Identifier: Apache-2.0
// From a finding to a decision: nothing, throttle or block by the score, and longer blocks for sources that
// were blocked before. Remembers earlier blocks. Used by Pipeline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/bounded_map.h"
#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"
#include "daemon/detection/finding.h"
#include "daemon/detection/history/block_history.h"

namespace sluice::decisions {

struct PolicyOptions {
  double throttle_score = 4.5;
  double block_score = 6.0;
  Rate throttle_rate = {10, 30};
  Seconds throttle_for = Seconds(15 * 60);
  Seconds block_for = Seconds(3600);  // the first time
  double growth = 4.0;                // 1 to 100: each earlier block multiplies the time by it
  Seconds max_for = Seconds(7 * 86400);
  Seconds memory = Seconds(30 * 86400);  // how long a block is remembered
};

class Policy {
 public:
  explicit Policy(const PolicyOptions& options) : options_(options) {}

  // The action that a score calls for.
  [[nodiscard]] Action action_for(double score) const;

  // The decision that follows from a finding, or none. `in_force` is the current denial of the source, or
  // null: a decision follows only if the finding calls for a stricter action.
  [[nodiscard]] std::optional<Decision> judge(const detection::Finding& finding,
                                              const detection::Exposure& exposure, const Decision* in_force,
                                              WallTime now) const;

  // Counts a block that the detector put in force, so that the next one lasts longer.
  detection::BlockHistory remember_block(const Decision& decision);
  // Takes over a history from the store.
  void remember(const detection::BlockHistory& history);

  // Forgets the earlier blocks of a source.
  void forget(const Prefix& source) { blocked_.erase(source); }

  // How often a source was blocked within PolicyOptions::memory.
  [[nodiscard]] unsigned blocks_before(const Prefix& source, WallTime now) const {
    return past(source, now).blocks;
  }
  [[nodiscard]] detection::BlockHistory past(const Prefix& source, WallTime now) const;
  // All that are remembered, the oldest first.
  [[nodiscard]] std::vector<detection::BlockHistory> histories() const;
  [[nodiscard]] const PolicyOptions& options() const { return options_; }
  void set_options(const PolicyOptions& options) { options_ = options; }

 private:
  struct Blocked {
    unsigned blocks = 0;
    WallTime last;
  };
  static constexpr std::size_t kMaxBlocked = 200'000;  // about 30 MB; then the oldest is forgotten

  [[nodiscard]] Seconds block_time(unsigned earlier_blocks) const;

  PolicyOptions options_;
  BoundedMap<Prefix, Blocked> blocked_{kMaxBlocked};  // the one blocked longest ago is forgotten first
};

}  // namespace sluice::decisions
