// SPDX-License-Identifier: Apache-2.0
// Runs any XDP program on one frame after the other, each from another source, by BPF_PROG_TEST_RUN; or sends
// such frames out of an interface. Used by the programs of tests/bench. Needs root; whatever the kernel
// refuses throws std::system_error.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "daemon/base/address.h"

struct rotate_bpf;

namespace sluice::bench {

class Rotation {
 public:
  // The sources in the order in which they come; their number is a power of two. All of one family.
  explicit Rotation(std::span<const Address> sources);

  // How many of the sources take turns from now on, from the first: a power of two, at most all.
  void use_first(std::size_t count) const;

  // Nanoseconds a packet, on average, as the kernel takes the time: whole ones, without the call around the
  // run. The program must take fragmented frames (as SEC("xdp.frags")), like all here do.
  [[nodiscard]] std::uint32_t run(int program_fd, std::uint32_t packets) const;

  // How many of the next `packets` the program drops, each run by itself; anything but XDP_PASS and XDP_DROP
  // throws.
  [[nodiscard]] std::uint32_t count_drops(int program_fd, std::uint32_t packets) const;

  // Sends frames to the interface of this network namespace whose peer has this hardware address, on this CPU
  // and as fast as it goes, until the time is up. Returns how many were tried: what the peer did not take is
  // lost.
  [[nodiscard]] std::uint64_t flood(int ifindex, std::span<const std::uint8_t> destination, double seconds,
                                    std::uint64_t most_packets) const;

 private:
  void aim(int program_fd) const;

  struct Destroy {
    void operator()(rotate_bpf* skeleton) const;
  };
  std::unique_ptr<rotate_bpf, Destroy> skeleton_;
  Family family_;
};

}  // namespace sluice::bench
