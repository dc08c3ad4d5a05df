// SPDX-License-Identifier: Apache-2.0
// Section four of scripts/bench: activity reports through the ring buffer. One CPU runs packets of which a
// known share is due for a report, another reads as the daemon does; the share is doubled until one gets
// lost.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sched.h>

#include "tests/bench/check.h"
#include "tests/bench/commands.h"
#include "tests/bench/entries.h"
#include "tests/bench/rotation.h"
#include "tests/support/filter.h"

namespace sluice::bench {
namespace {

// So many that a round of all of them takes longer than the two ticks (8 ms) between two reports of a source.
constexpr std::size_t kSources = 262'144;
constexpr int kPacketCpu = 0;
constexpr int kReaderCpu = 1;

void stay_on(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) != 0)
    throw std::system_error(errno, std::generic_category(), "choosing a CPU");
}

// Waits for records and reads them, on a thread of its own, as long as it lives.
class Reader {
 public:
  explicit Reader(const test::Filter& filter)
      : ring_(ring_buffer__new(filter.records_fd(), count, this, nullptr), ring_buffer__free) {
    if (!ring_) throw std::system_error(errno, std::generic_category(), "mapping the ring buffer");
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  [[nodiscard]] std::uint64_t records() const { return records_.load(); }

 private:
  static int count(void* self, void*, std::size_t) noexcept {
    ++static_cast<Reader*>(self)->records_;
    return 0;
  }

  void run(const std::stop_token& stop) {
    constexpr int kPollMs = 20;
    stay_on(kReaderCpu);
    while (!stop.stop_requested())
      (void)ring_buffer__poll(ring_.get(), kPollMs);
    (void)ring_buffer__consume(ring_.get());
  }

  std::atomic<std::uint64_t> records_{0};
  std::unique_ptr<ring_buffer, decltype(&ring_buffer__free)> ring_;
  std::jthread thread_;  // the last member, so the first to go
};

test::FilterOptions options(Nanoseconds report_interval) {
  return {.report_interval = report_interval,
          .source_sets = static_cast<std::uint32_t>(kSources * 2 / SLUICE_SOURCE_WAYS)};
}

// One of `every` packets comes from a source that was not heard of since the round before; the others come
// from one that was just now.
std::vector<Address> visitors(const std::vector<Address>& sources, std::size_t every) {
  std::vector<Address> order;
  order.reserve(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i)
    order.push_back(i % every == 0 ? sources[i] : sources[0]);
  return order;
}

struct Flow {
  std::size_t every = 1;  // packets to a report
  double packet_ns = 0;
  std::uint64_t read = 0;
  std::uint64_t lost = 0;
};

Flow measure(const std::vector<Address>& sources, std::size_t every, std::uint32_t packets) {
  const test::Filter filter(options(Nanoseconds(1)));
  const Rotation rotation(visitors(sources, every));
  (void)rotation.run(filter.program_fd(),
                     kSources);  // the first packet of a source makes its entry and reports nothing
  Flow flow{.every = every};
  const std::uint64_t lost = filter.events()[SLUICE_REPORTS_LOST];
  {
    (void)filter.take_records();
    const Reader reader(filter);
    flow.packet_ns = rotation.run(filter.program_fd(), packets);
    flow.lost = filter.events()[SLUICE_REPORTS_LOST] - lost;
    flow.read = reader.records();
  }
  return flow;
}

}  // namespace

void events(Effort effort) {
  stay_on(kPacketCpu);
  const std::uint32_t packets = effort == Effort::full    ? 16 * kSources
                                : effort == Effort::quick ? 4 * kSources
                                                          : kSources;
  const std::vector<Address> sources = clean_sources(Family::ipv4, Entries{}, kSources);

  const test::Filter counting(options(std::chrono::hours(1)));
  const Rotation rotation(sources);
  (void)rotation.run(counting.program_fd(), kSources);
  const double counted_ns = rotation.run(counting.program_fd(), packets);

  fmt::print(R"({{"counted_packet_ns":{},"rows":[)", counted_ns);
  for (const std::size_t every : {16, 8, 4, 2, 1}) {
    const Flow flow = measure(sources, every, packets);
    const double seconds = flow.packet_ns * packets / 1e9;
    fmt::print(R"({}{{"packets_an_event":{},"packet_ns":{},"events_a_second":{:.0f},"read":{},"lost":{}}})",
               every == 16 ? "" : ",", every, flow.packet_ns, static_cast<double>(flow.read) / seconds,
               flow.read, flow.lost);
  }
  fmt::print("]}}\n");
}

}  // namespace sluice::bench
