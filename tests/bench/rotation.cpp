// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rotation.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include "bpf/wire.h"
#include "rotate.skel.h"
#include "tests/bench/check.h"
#include "tests/support/packet.h"

namespace sluice::bench {
namespace {

constexpr std::size_t kSourceBytes = 16;
constexpr std::size_t kIpAt = 14;
constexpr std::uint32_t kLiveBatch = 64;  // frames that the kernel sends at once

// A TCP segment to a protected port, as the filter reads them.
test::Bytes web_frame(Family family) {
  using namespace test;
  const Payload payload{Bytes(20)};  // options, so that the frame is of the least size on a wire
  if (family == Family::ipv4) return (Ethernet{} / Ipv4{.source = "0.0.0.0"} / Tcp{} / payload).bytes();
  return (Ethernet{} / Ipv6{.source = "::"} / Tcp{} / payload).bytes();
}

void set_checksum(test::Bytes& frame) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += static_cast<std::uint32_t>(frame[kIpAt + i]) << 8 | frame[kIpAt + i + 1];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~((sum & 0xffff) + (sum >> 16));
  frame[kIpAt + 10] = static_cast<std::uint8_t>(sum >> 8);
  frame[kIpAt + 11] = static_cast<std::uint8_t>(sum);
}

}  // namespace

void Rotation::Destroy::operator()(rotate_bpf* skeleton) const {
  rotate_bpf::destroy(skeleton);
}

Rotation::Rotation(std::span<const Address> sources) : skeleton_(rotate_bpf::open()) {
  assert(std::has_single_bit(sources.size()));
  if (!skeleton_) throw std::system_error(errno, std::generic_category(), "opening the rotation");
  family_ = sources.front().family();
  check(bpf_map__set_max_entries(skeleton_->maps.bench_sources, static_cast<std::uint32_t>(sources.size())),
        "sizing the sources");
  check(rotate_bpf::load(skeleton_.get()), "loading the rotation");
  const std::size_t size = sources.size() * kSourceBytes;
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED,
                              bpf_map__fd(skeleton_->maps.bench_sources), 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mapping the sources");
  auto* at = static_cast<std::uint8_t*>(memory);
  for (const Address& source : sources) {
    std::memcpy(at, source.bytes().data(), source.bytes().size());
    at += kSourceBytes;
  }
  ::munmap(memory, size);
  use_first(sources.size());
}

void Rotation::use_first(std::size_t count) const {
  assert(std::has_single_bit(count));
  skeleton_->bss->source_mask = static_cast<std::uint32_t>(count - 1);
}

void Rotation::aim(int program_fd) const {
  const std::uint32_t first = 0;
  check(bpf_map_update_elem(bpf_map__fd(skeleton_->maps.bench_target), &first, &program_fd, BPF_ANY),
        "putting the program behind the rotation");
}

std::uint32_t Rotation::run(int program_fd, std::uint32_t packets) const {
  aim(program_fd);
  const test::Bytes frame = web_frame(family_);
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.size());
  options.repeat = static_cast<int>(packets);
  check(bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.rotate), &options), "running the program");
  if (options.retval != XDP_PASS && options.retval != XDP_DROP)
    throw std::runtime_error(fmt::format("the program answered {}", options.retval));
  return options.duration;
}

std::uint32_t Rotation::count_drops(int program_fd, std::uint32_t packets) const {
  aim(program_fd);
  const test::Bytes frame = web_frame(family_);
  std::uint32_t drops = 0;
  for (std::uint32_t i = 0; i < packets; ++i) {
    LIBBPF_OPTS(bpf_test_run_opts, options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<std::uint32_t>(frame.size());
    check(bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.rotate), &options), "running the program");
    if (options.retval != XDP_PASS && options.retval != XDP_DROP)
      throw std::runtime_error(fmt::format("the program answered {}", options.retval));
    drops += options.retval == XDP_DROP;
  }
  return drops;
}

std::uint64_t Rotation::flood(int ifindex, std::span<const std::uint8_t> destination, double seconds,
                              std::uint64_t most_packets) const {
  test::Bytes frame = web_frame(family_);
  std::copy(destination.begin(), destination.end(), frame.begin());
  set_checksum(frame);
  skeleton_->bss->flood_ifindex = static_cast<std::uint32_t>(ifindex);
  std::uint64_t sent = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (sent < most_packets && std::chrono::steady_clock::now() < end) {
    LIBBPF_OPTS(bpf_test_run_opts, options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<std::uint32_t>(frame.size());
    options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
    options.batch_size = kLiveBatch;
    const std::uint64_t packets = std::min<std::uint64_t>(most_packets - sent, 65536);
    options.repeat = static_cast<int>(packets);
    check(bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.generate), &options), "sending frames");
    sent += packets;
  }
  return sent;
}

}  // namespace sluice::bench
