// SPDX-License-Identifier: Apache-2.0
// The filter in the kernel with maps of its own, pinned nowhere and attached to nothing: frames are run
// through it by BPF_PROG_TEST_RUN. Used by tests/bpf_run and tests/bench. Needs root. Whatever the kernel
// refuses throws std::system_error, which ends the test.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bpf/wire.h"
#include "daemon/base/address.h"
#include "daemon/base/time.h"
#include "tests/support/mapping.h"

struct sluice_bpf;

namespace sluice::test {

struct FilterOptions {
  sluice_scope scope = SLUICE_SCOPE_PORTS;
  std::vector<std::uint16_t> ports = {80, 443};
  Nanoseconds report_interval{0};  // 0: no activity reports
  std::uint32_t ipv6_source_length = 64;
  std::uint32_t source_sets = 512;       // of SLUICE_SOURCE_WAYS places
  std::uint32_t record_bytes = 1 << 20;  // of the ring buffer: a power of two, at least a page
  std::vector<sluice_limit> limits{};    // the one of port 0 last
  bool reject = false;
  bool hellos = false;
  sluice_rate hello_rate{};
  std::uint32_t near_lines = 512;
  std::uint32_t list_lines = 1;  // of the map: with those of both halves
  std::uint32_t max_decisions = 100'000;
};

enum class Table { allow, decisions };

class Filter {
 public:
  explicit Filter(const FilterOptions& options = {});

  struct Outcome {
    std::uint32_t verdict = 0;  // XDP_PASS, XDP_DROP, ...; of the last run
    std::uint32_t ns = 0;       // of one run, on average
    std::size_t bytes = 0;      // of the frame as the filter saw it
  };
  // Any length. The kernel refuses test frames without a whole Ethernet header; those run with the first
  // `frame.size()` bytes readable and the rest of 14 beyond what a program can read directly.
  Outcome run(std::span<const std::uint8_t> frame, std::uint32_t repeat = 1) const;

  struct ProgramSize {
    std::uint32_t instructions = 0;  // as the kernel holds them
    std::uint32_t native_bytes = 0;
    std::uint32_t verified = 0;  // instructions that the verifier walked; its limit is a million
  };
  [[nodiscard]] ProgramSize program_size() const;

  // Marks the prefix's length, its near bit and its areas as present too. What was marked stays marked.
  void put(Table table, const Prefix& prefix, const sluice_decision& decision) const;
  void remove(Table table, const Prefix& prefix) const;
  [[nodiscard]] sluice_decision get(Table table, const Prefix& prefix) const;

  // Summed over all CPUs.
  [[nodiscard]] std::array<sluice_counter, SLUICE_REASON_COUNT> counters() const;
  [[nodiscard]] std::array<std::uint64_t, SLUICE_EVENT_COUNT> events() const;

  // What a frame became: the reset that answers it, if any.
  [[nodiscard]] std::vector<std::uint8_t> run_for_answer(std::span<const std::uint8_t> frame) const;

  // The map `lists`, mapped; and `watch`.
  [[nodiscard]] std::span<sluice_list_line> lists() const { return lists_.values<sluice_list_line>(); }
  [[nodiscard]] std::uint32_t& list_switch() const;
  [[nodiscard]] sluice_watch& watch() const { return watch_.values<sluice_watch>().front(); }
  [[nodiscard]] sluice_counter list_hits(std::uint32_t number) const;
  // All samples, captures and hellos sent since the last call: each its record and the bytes that follow.
  struct Frame {
    sluice_frame_record record{};
    std::vector<std::uint8_t> bytes;
  };
  [[nodiscard]] std::vector<Frame> take_frames() const;

  [[nodiscard]] int program_fd() const;
  [[nodiscard]] int records_fd() const;  // the ring buffer of the activity records

  // All activity records sent since the last call. A record of another type or size throws.
  [[nodiscard]] std::vector<sluice_activity_record> take_records() const;

 private:
  struct Destroy {
    void operator()(sluice_bpf* skeleton) const;
  };
  std::unique_ptr<sluice_bpf, Destroy> skeleton_;
  Mapping lists_;
  Mapping near_;
  Mapping watch_;
};

[[nodiscard]] sluice_decision drop_until(std::uint64_t deadline_ns);
[[nodiscard]] sluice_decision allow_until(std::uint64_t deadline_ns);
[[nodiscard]] sluice_decision throttle_until(std::uint64_t deadline_ns, std::uint64_t packets_per_second,
                                             std::uint64_t burst);

}  // namespace sluice::test
