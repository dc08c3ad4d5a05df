// SPDX-License-Identifier: Apache-2.0
// The compiled filter (bpf/sluice.bpf.c) with the settings of one attach in it, before and after it is
// loaded. Used by attacher and map_migration. Attaches nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/kernel/attach/filter_options.h"

struct sluice_bpf;
struct bpf_object;

namespace sluice::kernel {

class FilterObject {
 public:
  // Ready to load: the settings, the sizes of the maps and their pins in the directory `maps` are set.
  // Loading takes up the maps that are pinned there, and pins new ones for the rest.
  [[nodiscard]] static Result<FilterObject> open(const FilterOptions& options, KernelTime now,
                                                 const std::string& maps);

  // Loads it as a program of its own. A program that may become part of a dispatcher is loaded by libxdp
  // instead.
  [[nodiscard]] Result<void> load();

  [[nodiscard]] bpf_object* object() const;
  [[nodiscard]] int program_fd() const;  // once loaded
  [[nodiscard]] const sluice_settings& settings() const { return settings_; }

  // The maps that this program shares with the daemon, by name.
  [[nodiscard]] std::vector<std::string> map_names() const;
  // Those of them of which `directory` holds one of the same kind and size.
  [[nodiscard]] Result<std::vector<std::string>> maps_that_fit(const std::string& directory) const;

  static constexpr const char* kProgramName = "sluice";

 private:
  struct Destroy {
    void operator()(sluice_bpf* skeleton) const;
  };
  using Skeleton = std::unique_ptr<sluice_bpf, Destroy>;

  FilterObject(Skeleton skeleton, const sluice_settings& settings)
      : skeleton_(std::move(skeleton)), settings_(settings) {}

  Skeleton skeleton_;
  sluice_settings settings_;
};

}  // namespace sluice::kernel
