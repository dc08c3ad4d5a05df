// SPDX-License-Identifier: Apache-2.0
// Nanoseconds a packet in the filter, by BPF_PROG_TEST_RUN, each beside an empty program in the same round:
// medians over interleaved rounds, so that what else the machine does falls on all alike. One source a case,
// so caches are warm. Needs root. `bench_bpf` prints a table, `bench_bpf --json` one object.
#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include "daemon/base/clock.h"
#include "empty.skel.h"
#include "tests/support/filter.h"
#include "tests/support/packet.h"

namespace sluice::test {
namespace {

constexpr unsigned kRounds = 15;
constexpr std::uint32_t kRepeat = 300'000;
constexpr unsigned kListed = 10'000;

struct Case {
  std::string name;
  std::function<std::uint32_t()> run;  // gives nanoseconds a packet
  std::vector<double> ns;              // by round
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class EmptyProgram {
 public:
  EmptyProgram() : skeleton_(empty_bpf::open_and_load()) {
    if (!skeleton_) throw std::system_error(errno, std::generic_category(), "loading the empty program");
  }
  [[nodiscard]] std::uint32_t run(std::span<const std::uint8_t> frame) const {
    LIBBPF_OPTS(bpf_test_run_opts, options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<std::uint32_t>(frame.size());
    options.repeat = static_cast<int>(kRepeat);
    if (const int result = bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.empty), &options);
        result < 0)
      throw std::system_error(-result, std::generic_category(), "running the empty program");
    return options.duration;
  }

 private:
  struct Destroy {
    void operator()(empty_bpf* skeleton) const { empty_bpf::destroy(skeleton); }
  };
  std::unique_ptr<empty_bpf, Destroy> skeleton_;
};

Bytes web(Family family, const std::string& source, std::uint16_t port = 80, std::uint8_t flags = kAck) {
  const Tcp tcp{.dport = port, .flags = flags};
  if (family == Family::ipv4) return (Ethernet{} / Ipv4{.source = source} / tcp).bytes();
  return (Ethernet{} / Ipv6{.source = source} / tcp).bytes();
}

// Addresses of one family that the lists below have something on, and one that they have nothing on.
struct Sources {
  Family family;
  const char* clean;
  const char* blocked;
  const char* over_rate;
  const char* within_rate;
  const char* allowed;
  unsigned length;  // of all entries
};

constexpr Sources kIpv4{Family::ipv4, "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", 32};
constexpr Sources kIpv6{Family::ipv6,
                        "2001:db8:0:1::1",
                        "2001:db8:0:2::1",
                        "2001:db8:0:3::1",
                        "2001:db8:0:4::1",
                        "2001:db8:0:5::1",
                        64};

void fill(const Filter& filter, const Sources& sources) {
  const std::uint64_t deadline = kernel_now().ns + 3'600'000'000'000;
  const auto network = [&](const std::string& text) {
    return Prefix(Address::parse(text).value(), sources.length);
  };
  for (unsigned i = 0; i < kListed; ++i)
    filter.put(Table::decisions,
               network(sources.family == Family::ipv4 ? fmt::format("10.1.{}.{}", i / 256, i % 256)
                                                      : fmt::format("2001:db8:1:{:x}::", i)),
               drop_until(deadline));
  filter.put(Table::decisions, network(sources.blocked), drop_until(deadline));
  filter.put(Table::decisions, network(sources.over_rate), throttle_until(deadline, 1, 1));
  filter.put(Table::decisions, network(sources.within_rate),
             throttle_until(deadline, 1'000'000'000, 1'000'000));
  filter.put(Table::allow, network(sources.allowed), allow_until(~0ULL));
}

// The filters as configured by default, but for the one without reports; each with a report a second and
// source.
struct Filters {
  FilterOptions defaults{.report_interval = Seconds(1)};
  FilterOptions limits{
      .report_interval = Seconds(1),
      .limits = {{.port = 0, .reserved = 0, .packets = {}, .bytes = {}, .attempts = {1, 1'000'000'000}}}};
  Filter idle{defaults};
  Filter listed{defaults};
  Filter silent{};
  Filter limited{limits};
};

void add_cases(std::vector<Case>& cases, const Filters& filters, const Sources& sources) {
  fill(filters.listed, sources);
  const std::string family = sources.family == Family::ipv4 ? "IPv4" : "IPv6";
  const auto add = [&](const std::string& name, const Filter& filter, Bytes frame) {
    cases.push_back({family + " " + name, [&filter, frame] { return filter.run(frame, kRepeat).ns; }, {}});
  };
  add("other port", filters.listed, web(sources.family, sources.clean, 22));
  add("clean, no reports, no decisions", filters.silent, web(sources.family, sources.clean));
  add("clean, no decisions", filters.idle, web(sources.family, sources.clean));
  add("clean, 10,000 decisions", filters.listed, web(sources.family, sources.clean));
  add("blocked", filters.listed, web(sources.family, sources.blocked));
  add("throttled, over the rate", filters.listed, web(sources.family, sources.over_rate));
  add("throttled, within it", filters.listed, web(sources.family, sources.within_rate));
  add("allowed", filters.listed, web(sources.family, sources.allowed));
  add("a limit on connections, segment", filters.limited, web(sources.family, sources.clean));
  add("a limit on connections, attempt", filters.limited, web(sources.family, sources.clean, 80, kSyn));
}

// The first case is the empty program.
void print(const std::vector<Case>& cases, const Filter::ProgramSize& size, bool json) {
  if (json)
    fmt::print(R"({{"instructions":{},"native_bytes":{},"verified_instructions":{},"cases":[)",
               size.instructions, size.native_bytes, size.verified);
  else
    fmt::print(
        "{} instructions, {} bytes of native code, {} instructions verified\n{:40} {:>8} {:>8} {:>8} {:>8}\n",
        size.instructions, size.native_bytes, size.verified, "nanoseconds a packet", "median", "least",
        "most", "x empty");
  for (const Case& each : cases) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < each.ns.size(); ++round)
      ratios.push_back(each.ns[round] / cases[0].ns[round]);
    const auto [least, most] = std::minmax_element(each.ns.begin(), each.ns.end());
    if (json)
      fmt::print(R"({}{{"name":"{}","median_ns":{},"least_ns":{},"most_ns":{},"ratio":{:.3f}}})",
                 &each == cases.data() ? "" : ",", each.name, median(each.ns), *least, *most, median(ratios));
    else
      fmt::print("{:40} {:8.0f} {:8.0f} {:8.0f} {:8.2f}\n", each.name, median(each.ns), *least, *most,
                 median(ratios));
  }
  if (json) fmt::print("]}}\n");
}

void measure(bool json) {
  const EmptyProgram empty;
  const Filters filters;
  std::vector<Case> cases;
  const Bytes frame = web(Family::ipv4, kIpv4.clean);
  cases.push_back({"empty program", [&] { return empty.run(frame); }, {}});
  add_cases(cases, filters, kIpv4);
  add_cases(cases, filters, kIpv6);
  for (unsigned round = 0; round < kRounds; ++round)
    for (Case& each : cases)
      each.ns.push_back(each.run());
  print(cases, filters.listed.program_size(), json);
}

}  // namespace
}  // namespace sluice::test

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::string_view(argv[1]) == "--json";
  if (argc > 1 && !json) {
    fmt::print(stderr, "Usage: bench_bpf [--json]\n");
    return 2;
  }
  try {
    sluice::test::measure(json);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_bpf: {}\n", error.what());
    return 1;
  }
}
