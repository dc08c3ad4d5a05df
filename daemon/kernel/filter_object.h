// SPDX-License-Identifier: Apache-2.0
// The compiled filter (bpf/sluice.bpf.c) with the settings of one attach in it, before and after it is
// loaded. Used by filter_attach. Attaches nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/kernel/filter_options.h"

struct sluice_bpf;
struct bpf_object;

namespace sluice::kernel {

class FilterObject {
 public:
  // Ready to load: settings, sizes of the maps and their pins are set. Loading takes the pinned maps up where
  // there are any, and pins new ones otherwise.
  [[nodiscard]] static Result<FilterObject> open(const FilterOptions& options, KernelTime now);

  // Loads it as a program of its own. libxdp loads it by itself where it may become part of a dispatcher.
  [[nodiscard]] Result<void> load();

  [[nodiscard]] bpf_object* object() const;
  [[nodiscard]] int program_fd() const;  // once loaded
  [[nodiscard]] const sluice_settings& settings() const { return settings_; }

  // Fails in words where maps are pinned that are not what these options want.
  [[nodiscard]] Result<void> check_pinned_maps() const;
  // Where the maps are pinned, or will be.
  [[nodiscard]] std::vector<std::string> map_paths() const;

  static constexpr const char* kProgramName = "sluice";

 private:
  struct Destroy {
    void operator()(sluice_bpf* skeleton) const;
  };
  using Skeleton = std::unique_ptr<sluice_bpf, Destroy>;

  FilterObject(Skeleton skeleton, const sluice_settings& settings, std::string bpf_fs)
      : skeleton_(std::move(skeleton)), settings_(settings), bpf_fs_(std::move(bpf_fs)) {}

  Skeleton skeleton_;
  sluice_settings settings_;
  std::string bpf_fs_;
};

// The settings that the options come to.
[[nodiscard]] sluice_settings to_settings(const FilterOptions& options, KernelTime now);

}  // namespace sluice::kernel
