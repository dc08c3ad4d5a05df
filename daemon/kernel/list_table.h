// SPDX-License-Identifier: Apache-2.0
// The compiled lists in the kernel: which image is in force, where the next one may be built, and what each
// list was hit with. The one writer of the maps `lists` and
// `list_switch`. Knows nothing of what an image says but its head:
// lists/ compiles it, app/ brings the two together. The image in force outlives the daemon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/kernel/counters.h"
#include "daemon/kernel/filter_maps.h"

namespace sluice::kernel {

class ListTable {
 public:
  // Takes the image over that is in force. One whose head cannot be is none: it is taken out of force. The
  // maps must outlive the table.
  explicit ListTable(FilterMaps& maps);

  // The half that is not in use, to build an image at its beginning; no packet reads it any more. Empty where
  // the map has no room for images. May wait for some hundredths of a second: not for the loop. To be built
  // in by one thread at a time.
  [[nodiscard]] std::span<sluice_list_line> spare();

  // Puts the image in force that was built in the half last given by spare(): the next packet is judged by
  // it.
  void publish();
  // Puts none in force.
  void withdraw();

  // The image in force; empty where there is none.
  [[nodiscard]] std::span<const sluice_list_line> active() const;
  [[nodiscard]] std::size_t half_lines() const { return half_; }

  // Packets that the list was asked about, and their bytes, since the filter was attached: those that it let
  // pass, or dropped.
  [[nodiscard]] Result<Traffic> hits(std::uint8_t list) const;

 private:
  [[nodiscard]] std::uint32_t active_line() const;
  void switch_to(std::uint32_t line);
  // The half that begins at a line; empty where none does.
  [[nodiscard]] std::span<sluice_list_line> half_at(std::uint32_t line) const;

  sluice_list_switch& switch_;
  std::span<sluice_list_line> lines_;
  const ReadPerCpuArray<sluice_counter>& hits_;
  std::size_t half_;
  std::uint32_t spare_line_ = 0;
};

}  // namespace sluice::kernel
