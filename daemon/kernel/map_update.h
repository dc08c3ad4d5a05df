// SPDX-License-Identifier: Apache-2.0
// What attach() does with the maps: those in force are taken up where they fit; otherwise new ones are made
// beside them in BPF_FS/maps:new, are given what those hold, and take their place in one step once the new
// program runs. Killed at any instant it leaves one whole set in BPF_FS/maps. Used by filter_attach alone.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/filter_options.h"

namespace sluice::kernel {

class MapUpdate {
 public:
  // Loads the program once, so that one which the verifier refuses is refused before an interface is touched.
  // The maps in directory() then are complete: settings, rights, decisions. Fails in words where the maps in
  // force are a later version's, and where what they hold does not fit. `options` must outlive this.
  [[nodiscard]] static Result<MapUpdate> begin(const FilterOptions& options, KernelTime now);
  MapUpdate(MapUpdate&& other) noexcept;
  MapUpdate& operator=(MapUpdate&&) = delete;
  MapUpdate(const MapUpdate&) = delete;
  MapUpdate& operator=(const MapUpdate&) = delete;
  // Unless it was committed: everything as it was before.
  ~MapUpdate();

  // Where the maps are pinned that the new program is to be loaded with.
  [[nodiscard]] const std::string& directory() const { return directory_; }
  // The program that was loaded, for whoever asks first; empty after that.
  [[nodiscard]] UniqueFd take_program() { return std::move(program_); }
  // To be called when the new program runs everywhere. What was decided meanwhile is carried over too, and
  // the new maps are those in BPF_FS/maps. Returns whether they took the place of others.
  [[nodiscard]] Result<bool> commit();

 private:
  MapUpdate(const FilterOptions& options, KernelTime now);

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

// What an attach that was killed left beside the maps in force: where `in_use` says that programs run on them
// already they take the place of those in force, with all decisions made meanwhile; otherwise they go.
[[nodiscard]] Result<void> finish_interrupted(const std::string& bpf_fs, KernelTime now,
                                              const std::function<Result<bool>()>& in_use);

}  // namespace sluice::kernel
