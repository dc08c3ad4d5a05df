// SPDX-License-Identifier: Apache-2.0
// The compiled lists in the kernel: which image is in force, where the next one may be built, and how many
// packets each list decided about. While the daemon runs it is the only writer of the maps `lists` and
// `list_switch`. It reads nothing of an image but its head: lists/ compiles images, app/ brings the two
// together. The image in force outlives the daemon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/kernel/maps/counters.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::kernel {

class ListTable {
 public:
  // Takes over the image that is in force. If its head makes no sense it is taken out of force. The maps must
  // outlive the table.
  explicit ListTable(FilterMaps& maps);

  // The half that is not in use: an image may be built at its beginning, and no packet reads it any more.
  // Empty if the map has no room for images. It may wait for some hundredths of a second, so it is not for
  // the event loop. Only one thread at a time may build there.
  [[nodiscard]] std::span<sluice_list_line> spare();

  // Puts the image in force that was built in the half which spare() gave last. The next packet is judged by
  // it.
  void publish();
  // Puts no image in force.
  void withdraw();

  // The image in force; empty if there is none.
  [[nodiscard]] std::span<const sluice_list_line> active() const;
  [[nodiscard]] std::size_t half_lines() const { return half_; }

  // Packets and bytes about which the list decided since the filter was attached: those that it passed or
  // dropped.
  [[nodiscard]] Result<Traffic> hits(std::uint8_t list) const;

 private:
  [[nodiscard]] std::uint32_t active_line() const;
  void switch_to(std::uint32_t line);
  // The half that begins at a line; empty if none does.
  [[nodiscard]] std::span<sluice_list_line> half_at(std::uint32_t line) const;

  sluice_list_switch& switch_;
  std::span<sluice_list_line> lines_;
  const PerCpuArray<sluice_counter>& hits_;
  std::size_t half_;
  std::uint32_t spare_line_ = 0;
};

}  // namespace sluice::kernel
