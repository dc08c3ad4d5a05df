// SPDX-License-Identifier: Apache-2.0
// What attach() does with the maps. If the maps in force fit they are taken up. If not, new ones are made
// beside them in BPF_FS/maps:new, get what those hold, and take their place in one step once the new program
// runs. Killed at any instant it leaves one whole set in BPF_FS/maps. Used by filter_attach and attacher.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/attach/filter_options.h"

namespace sluice::kernel {

class MapMigration {
 public:
  // Loads the program once: if the verifier refuses it, no interface was touched yet. Then the maps in
  // directory() are complete: settings, rights, decisions. Fails in words if the maps in force are a later
  // version's, and if what they hold does not fit. `options` must outlive this.
  [[nodiscard]] static Result<MapMigration> begin(const FilterOptions& options, KernelTime now);
  MapMigration(MapMigration&& other) noexcept;
  MapMigration& operator=(MapMigration&&) = delete;
  MapMigration(const MapMigration&) = delete;
  MapMigration& operator=(const MapMigration&) = delete;
  // Unless it was committed, puts everything back as it was before.
  ~MapMigration();

  // Where the maps are pinned that the new program must be loaded with.
  [[nodiscard]] const std::string& directory() const { return directory_; }
  // The program that was loaded, for the first caller; empty for all others.
  [[nodiscard]] UniqueFd take_program() { return std::move(program_); }
  // To be called when the new program runs everywhere. Carries over what was decided meanwhile, and makes the
  // new maps those in BPF_FS/maps. Returns whether they took the place of others.
  [[nodiscard]] Result<bool> commit();

 private:
  MapMigration(const FilterOptions& options, KernelTime now);

  [[nodiscard]] Result<sluice_settings> load();
  [[nodiscard]] Result<void> take_up();
  [[nodiscard]] Result<void> make_beside();
  [[nodiscard]] bool is_beside() const;

  const FilterOptions* options_;  // null: moved from
  KernelTime now_;
  std::string directory_;
  UniqueFd program_;
  bool first_ = true;                      // no maps were in force
  std::optional<sluice_settings> former_;  // settings of the maps that were taken up
};

// Cleans up the maps that a killed attach left beside those in force. If programs run on them already
// (`in_use`) they take the place of those in force, with all decisions made meanwhile. If not they are
// removed.
[[nodiscard]] Result<void> finish_interrupted(const std::string& bpf_fs, KernelTime now,
                                              const std::function<Result<bool>()>& in_use);

}  // namespace sluice::kernel
