// SPDX-License-Identifier: Apache-2.0
// The limits for every source, and the table of sources that they are kept in.
#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>

#include "daemon/base/unique_fd.h"
#include "tests/bpf_run/run.h"

namespace sluice::test {
namespace {

using LimitTest = RunTest;

Bytes segment(const std::string& source, std::uint16_t port = 80, std::uint8_t flags = kAck) {
  if (source.find(':') == std::string::npos)
    return (Ethernet{} / Ipv4{.source = source} / Tcp{.dport = port, .flags = flags}).bytes();
  return (Ethernet{} / Ipv6{.source = source} / Tcp{.dport = port, .flags = flags}).bytes();
}

class Listener {
 public:
  explicit Listener(int family) : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd_.get(), plain, size) != 0 || listen(fd_.get(), 1) != 0 ||
        getsockname(fd_.get(), plain, &size) != 0)
      throw std::system_error(errno, std::generic_category(), "a listening socket");
    // The port stands at the same place in both families.
    port_ = ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  UniqueFd fd_;
  std::uint16_t port_ = 0;
};

// `burst` at once, and another in an hour.
sluice_rate once(std::uint64_t burst, std::uint64_t units = 1) {
  return {.interval = kHour * units, .tolerance_ns = (burst - 1) * kHour};
}

FilterOptions limited(std::vector<sluice_limit> limits) {
  FilterOptions options;
  options.limits = std::move(limits);
  return options;
}

TEST_F(LimitTest, PacketsOfEachSource) {
  const Filter filter(limited({{.port = 0, .reserved = 0, .packets = once(3), .bytes = {}, .attempts = {}}}));
  for (const char* source : {"192.0.2.1", "192.0.2.2", "2001:db8::1"}) {
    for (int i = 0; i < 3; ++i)
      expect_fate(filter, segment(source), SLUICE_PASS_DEFAULT, source);
    expect_fate(filter, segment(source), SLUICE_DROP_LIMIT_PACKETS, source);
  }
  expect_fate(filter, segment("2001:db8::2"), SLUICE_DROP_LIMIT_PACKETS, "of the same /64");
  expect_fate(filter, segment("2001:db8:0:1::1"), SLUICE_PASS_DEFAULT);
}

TEST_F(LimitTest, Bytes) {
  // An interval for each 1,024th of a nanosecond of a byte, so that 54 bytes take an hour.
  const std::size_t frame = segment("192.0.2.1").size();
  const sluice_rate bytes{.interval = kHour * 1024 / frame, .tolerance_ns = kHour};
  const Filter filter(limited({{.port = 0, .reserved = 0, .packets = {}, .bytes = bytes, .attempts = {}}}));
  expect_fate(filter, segment("192.0.2.1"), SLUICE_PASS_DEFAULT);
  expect_fate(filter, segment("192.0.2.1"), SLUICE_PASS_DEFAULT);
  expect_fate(filter, segment("192.0.2.1"), SLUICE_DROP_LIMIT_BYTES);
}

TEST_F(LimitTest, AttemptsAloneAreCountedAsSuch) {
  const Filter filter(limited({{.port = 0, .reserved = 0, .packets = {}, .bytes = {}, .attempts = once(2)}}));
  const auto attempt = segment("192.0.2.1", 80, kSyn);
  expect_fate(filter, attempt, SLUICE_PASS_DEFAULT);
  expect_fate(filter, attempt, SLUICE_PASS_DEFAULT);
  expect_fate(filter, attempt, SLUICE_DROP_LIMIT_ATTEMPTS);
  expect_fate(filter, segment("192.0.2.1"), SLUICE_PASS_DEFAULT, "a packet of a connection that stands");
  expect_fate(filter, segment("192.0.2.1", 80, kSyn | kAck), SLUICE_PASS_DEFAULT, "an answer");
}

// Anybody may send a SYN in somebody's name, and guess at what completes the handshake.
TEST_F(LimitTest, AttemptsAtASocketOfThisHostCountWhenTheyAreCompleted) {
  for (const int family : {AF_INET, AF_INET6}) {
    const bool v4 = family == AF_INET;
    const Listener listener(family);
    FilterOptions options =
        limited({{.port = 0, .reserved = 0, .packets = {}, .bytes = {}, .attempts = once(2)}});
    options.ports = {listener.port()};
    const Filter filter(options);
    const auto frame = [&](std::uint8_t flags) {
      const Tcp tcp{.dport = listener.port(), .flags = flags};
      return v4 ? (Ethernet{} / Ipv4{.destination = "127.0.0.1"} / tcp).bytes()
                : (Ethernet{} / Ipv6{.destination = "::1"} / tcp).bytes();
    };
    for (int i = 0; i < 10; ++i) {
      expect_fate(filter, frame(kSyn), SLUICE_PASS_DEFAULT, v4 ? "IPv4" : "IPv6");
      expect_fate(filter, frame(kAck), SLUICE_PASS_DEFAULT, v4 ? "IPv4" : "IPv6");
    }
  }
}

TEST_F(LimitTest, OfItsPortAndOtherwiseOfAll) {
  const sluice_limit of_443{.port = 443, .reserved = 0, .packets = once(1), .bytes = {}, .attempts = {}};
  const sluice_limit of_all{.port = 0, .reserved = 0, .packets = once(2), .bytes = {}, .attempts = {}};
  FilterOptions options = limited({of_443, of_all});
  options.ports = {80, 443, 8080};
  const Filter filter(options);
  expect_fate(filter, segment("192.0.2.1", 443), SLUICE_PASS_DEFAULT);
  expect_fate(filter, segment("192.0.2.1", 443), SLUICE_DROP_LIMIT_PACKETS);
  expect_fate(filter, segment("192.0.2.1", 80), SLUICE_PASS_DEFAULT);
  expect_fate(filter, segment("192.0.2.1", 8080), SLUICE_PASS_DEFAULT);
  expect_fate(filter, segment("192.0.2.1", 80), SLUICE_DROP_LIMIT_PACKETS, "two on both ports together");
  const Filter only_443(limited({of_443}));
  for (int i = 0; i < 5; ++i)
    expect_fate(only_443, segment("192.0.2.1", 80), SLUICE_PASS_DEFAULT);
}

TEST_F(LimitTest, NotOfThoseWhomADecisionOrTheScopeLetsPass) {
  const Filter filter(limited({{.port = 0, .reserved = 0, .packets = once(1), .bytes = {}, .attempts = {}}}));
  filter.put(Table::allow, prefix("192.0.2.1"), allow_until(kNever));
  filter.put(Table::decisions, prefix("192.0.2.2"), throttle_until(in_an_hour(), 1'000'000, 1'000'000));
  for (int i = 0; i < 3; ++i) {
    expect_fate(filter, segment("192.0.2.1"), SLUICE_PASS_ALLOWED);
    expect_fate(filter, segment("192.0.2.2"), SLUICE_PASS_WITHIN_RATE);
    expect_fate(filter, segment("192.0.2.3", 22), SLUICE_PASS_OUT_OF_SCOPE);
  }
}

// Ticks are the clock of these limits, and come late on a busy machine: with the least tolerance that can be
// configured, a second, the rate holds to within a few percent.
TEST_F(LimitTest, TheRateHolds) {
  constexpr std::uint64_t kPerSecond = 20'000;
  const sluice_rate rate{.interval = 1'000'000'000 / kPerSecond, .tolerance_ns = 1'000'000'000};
  const Filter filter(limited({{.port = 0, .reserved = 0, .packets = rate, .bytes = {}, .attempts = {}}}));
  const Bytes frame = segment("192.0.2.1");
  const auto seconds = [start = kernel_now().ns] {
    return static_cast<double>(kernel_now().ns - start) / 1e9;
  };
  double last_run = 0;  // when it began: until then at least everything was asked for
  while ((last_run = seconds()) < 1)
    filter.run(frame, 2'000);
  filter.run(frame, 50'000);  // more than comes in the time that this thread may be kept waiting for
  const double end = seconds();
  const auto passed = static_cast<double>(filter.counters()[SLUICE_PASS_DEFAULT].packets);
  // The second's worth at the beginning, and then as they come.
  EXPECT_GE(passed, (last_run + 1) * kPerSecond * 0.97);
  EXPECT_LE(passed, (end + 1) * kPerSecond * 1.03);
  EXPECT_GT(filter.counters()[SLUICE_DROP_LIMIT_PACKETS].packets,
            filter.counters()[SLUICE_PASS_DEFAULT].packets);
}

// One entry, and not a packet too many, though both CPUs find the source unknown at the same time.
TEST_F(LimitTest, OneSourceOnAllCpusIsOneSource) {
  constexpr std::uint64_t kBurst = 100'000;
  for (int round = 0; round < 20; ++round) {
    const Filter filter(
        limited({{.port = 0, .reserved = 0, .packets = once(kBurst), .bytes = {}, .attempts = {}}}));
    const Bytes frame = segment("192.0.2.1");
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < 2; ++i)
        threads.emplace_back([&] { filter.run(frame, 100'000); });
    }
    // Where the machine takes a CPU away between lock and unlock, the other's packets find the set locked:
    // they pass, counted.
    const std::uint64_t refused = filter.events()[SLUICE_SOURCES_REFUSED];
    EXPECT_EQ(filter.counters()[SLUICE_PASS_DEFAULT].packets, kBurst + refused);
    EXPECT_EQ(filter.events()[SLUICE_SOURCES_MADE], 1u);
  }
}

// ---- the table ----

std::string numbered(unsigned i) {
  return "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255);
}

TEST_F(LimitTest, ForgettingIsCountedAndLetsPass) {
  FilterOptions options =
      limited({{.port = 0, .reserved = 0, .packets = once(1), .bytes = {}, .attempts = {}}});
  options.source_sets = 4;
  const Filter filter(options);
  constexpr unsigned kSources = 2'000;
  for (unsigned i = 0; i < kSources; ++i)
    expect_fate(filter, segment(numbered(i)), SLUICE_PASS_DEFAULT);
  EXPECT_EQ(filter.events()[SLUICE_SOURCES_MADE], kSources);
  EXPECT_EQ(filter.events()[SLUICE_SOURCES_FORGOTTEN], kSources - 4 * SLUICE_SOURCE_WAYS);
}

// A source that keeps coming stays known through a flood of sources that come once.
TEST_F(LimitTest, AFloodOfNewSourcesReplacesItsOwn) {
  FilterOptions options =
      limited({{.port = 0, .reserved = 0, .packets = once(1), .bytes = {}, .attempts = {}}});
  options.source_sets = 2;
  const Filter filter(options);
  const Bytes regular = segment("192.0.2.1");
  expect_fate(filter, regular, SLUICE_PASS_DEFAULT);
  for (unsigned i = 0; i < 5'000; ++i) {
    if (i % 4 == 0) expect_fate(filter, regular, SLUICE_DROP_LIMIT_PACKETS, "it is still known");
    filter.run(segment(numbered(i)));
  }
}

// In a table for a million half as full again few of a million are forgotten; those that stay are told apart.
TEST_F(LimitTest, AMillionSources) {
  FilterOptions options =
      limited({{.port = 0, .reserved = 0, .packets = once(1), .bytes = {}, .attempts = {}}});
  options.source_sets = 1'000'000 * 3 / 2 / SLUICE_SOURCE_WAYS;
  const Filter filter(options);
  Bytes frame = segment("10.0.0.0");
  const auto from = [&](unsigned i) -> const Bytes& {
    for (unsigned byte = 0; byte < 3; ++byte)
      frame[14 + 12 + 1 + byte] = static_cast<std::uint8_t>(i >> (16 - 8 * byte));
    return frame;
  };
  constexpr unsigned kSources = 1'000'000;
  for (unsigned i = 0; i < kSources; ++i)
    filter.run(from(i));
  const auto forgotten = filter.events()[SLUICE_SOURCES_FORGOTTEN];
  EXPECT_EQ(filter.counters()[SLUICE_PASS_DEFAULT].packets, kSources);
  EXPECT_LT(forgotten, kSources / 50);
  EXPECT_EQ(filter.events()[SLUICE_SOURCES_MADE], kSources);
  for (unsigned i = 0; i < kSources; i += 100)
    filter.run(from(i));
  EXPECT_GT(filter.counters()[SLUICE_DROP_LIMIT_PACKETS].packets, kSources / 100 * 95 / 100);
}

}  // namespace
}  // namespace sluice::test
