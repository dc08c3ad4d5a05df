// SPDX-License-Identifier: Apache-2.0
// Frames that nobody sends in good faith: every kind, cut at every byte, with every field at its extremes,
// and random mutations of real ones. No run is aborted, and each frame is stopped exactly where its source
// deserves it (hostile_oracle.h).
//
// EveryFieldAtItsExtremes takes every eighth frame unless SLUICE_EXHAUSTIVE is set.
// SLUICE_MUTATIONS sets the number of random mutations (default 200,000), SLUICE_SEED where they begin. Real
// frames are taken from arkime-pcaps/*.pcap under SLUICE_SHARED_DATA or ../shared/data beside the source.
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "tests/bpf_run/hostile_oracle.h"
#include "tests/bpf_run/run.h"

namespace sluice::test {
namespace {

const std::vector<std::uint16_t> kPorts = {80, 443};

// A filter with its rules and what became of the frames that were run through it.
class Judge {
 public:
  explicit Judge(sluice_scope scope)
      : scope_(scope), filter_({.scope = scope, .ports = kPorts, .report_interval = Nanoseconds(1'000'000)}) {
    rules_.blocked = {prefix("192.0.2.64/27"), prefix("2001:db8:66::/64")};
    rules_.allowed = {prefix("192.0.2.77"), prefix("2001:db8:66::77")};
    for (const Prefix& blocked : rules_.blocked)
      filter_.put(Table::decisions, blocked, drop_until(in_an_hour()));
    for (const Prefix& allowed : rules_.allowed)
      filter_.put(Table::allow, allowed, allow_until(kNever));
  }

  [[nodiscard]] std::optional<Sender> sender(const Bytes& frame) const {
    return sender_of(frame, scope_, kPorts);
  }

  // The first few that go wrong are shown; more would tell nothing new.
  void run(std::span<const std::uint8_t> frame, std::string_view what, std::uint64_t number) {
    const bool deserved = deserves_drop(sender_of(frame, scope_, kPorts), rules_);
    const std::uint32_t verdict = filter_.run(frame).verdict;
    ++runs_;
    stopped_ += deserved ? 1 : 0;
    const bool stopped = verdict == XDP_DROP || verdict == XDP_TX;
    if (stopped == deserved && (stopped || verdict == XDP_PASS)) return;
    if (++wrong_ > 5) return;
    ADD_FAILURE() << what << number << ", scope " << scope_ << ": verdict " << verdict << ", deserved "
                  << (deserved ? "to be stopped" : "to pass") << "\n"
                  << testing::PrintToString(frame);
  }

  // Every frame was counted once, whatever it was.
  void expect_all_counted() const {
    std::uint64_t counted = 0;
    for (const sluice_counter& counter : filter_.counters())
      counted += counter.packets;
    EXPECT_EQ(counted, runs_);
    EXPECT_EQ(wrong_, 0u) << "of " << runs_;
    EXPECT_GT(stopped_, 0u);
    EXPECT_LT(stopped_, runs_);
  }
  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  [[nodiscard]] std::uint64_t stopped() const { return stopped_; }

 private:
  sluice_scope scope_;
  Filter filter_;
  Rules rules_;
  std::uint64_t runs_ = 0;
  std::uint64_t stopped_ = 0;  // deservedly
  std::uint64_t wrong_ = 0;
};

struct Named {
  std::string name;
  Packet packet;
};

std::vector<Named> with_tags() {
  const Vlan outer{.id = 7, .tag_type = 0x88a8};
  const Vlan inner{.id = 9};
  return {{"untagged", Ethernet{}},
          {"1 tag", Ethernet{} / inner},
          {"2 tags", Ethernet{} / outer / inner},
          {"3 tags", Ethernet{} / outer / inner / inner}};
}

// IP headers of one source behind a link layer.
std::vector<Named> with_ip(const Named& link, const std::string& v4, const std::string& v6) {
  std::vector<Named> all;
  const auto add = [&](const std::string& name, Packet packet) {
    all.push_back({link.name + ", " + name, std::move(packet)});
  };
  const auto& under = link.packet;
  add("IPv4", under / Ipv4{.source = v4});
  add("IPv4 with 4 bytes of options", under / Ipv4{.source = v4, .option_bytes = 4});
  add("IPv4 with 40 bytes of options", under / Ipv4{.source = v4, .option_bytes = 40});
  add("IPv4 first fragment", under / Ipv4{.source = v4, .more_fragments = true});
  add("IPv4 later fragment", under / Ipv4{.source = v4, .fragment_offset = 185, .more_fragments = true});
  add("IPv4 last fragment with options", under / Ipv4{.source = v4, .fragment_offset = 1, .option_bytes = 8});
  add("no IP", under);

  const Packet ipv6 = under / Ipv6{.source = v6};
  add("IPv6", ipv6);
  const std::vector<std::pair<std::string, Layer>> extensions = {
      {"hop-by-hop", Extension{.kind = 0}},
      {"routing", Extension{.kind = 43, .extra_units = 2}},
      {"first fragment", Fragment{.more = true}},
      {"later fragment", Fragment{.offset = 9}},
      {"authentication", Authentication{.extra_words = 4}},
      {"destination options", Extension{.kind = 60, .extra_units = 1}}};
  for (const auto& [name, extension] : extensions) {
    add("IPv6 " + name, ipv6 / extension);
    for (const auto& [second, behind] : extensions)
      add("IPv6 " + name + " and " + second, ipv6 / extension / behind);
  }
  for (const std::size_t count : {8, 9}) {
    Packet chain = ipv6;
    for (std::size_t i = 0; i < count; ++i)
      chain = chain / Extension{.kind = 60};
    add("IPv6 with " + std::to_string(count) + " extensions", std::move(chain));
  }
  return all;
}

std::vector<Named> with_transport(const Named& ip) {
  return {{ip.name + ", TCP", ip.packet / Tcp{} / Payload{Bytes(6, 0x5a)}},
          {ip.name + ", TCP to another port", ip.packet / Tcp{.dport = 22, .flags = kSyn}},
          {ip.name + ", UDP", ip.packet / Udp{} / Payload{Bytes(6, 0x5a)}},
          {ip.name + ", ICMP", ip.packet / Icmp{}},
          {ip.name + ", ICMPv6", ip.packet / Icmp{.protocol = 58}},
          {ip.name + ", another protocol", ip.packet / Payload{Bytes(12, 0xa5)}},
          {ip.name + ", nothing", ip.packet}};
}

// Calls `use` with every kind of frame of a blocked, an allowed and a clean source.
template <class F>
void for_each_frame(F&& use) {
  constexpr std::array<std::array<const char*, 2>, 3> sources = {
      {{"192.0.2.66", "2001:db8:66::1"}, {"192.0.2.77", "2001:db8:66::77"}, {"192.0.2.1", "2001:db8:1::1"}}};
  for (const auto& [v4, v6] : sources) {
    for (const Named& link : with_tags()) {
      for (const Named& ip : with_ip(link, v4, v6)) {
        for (const Named& whole : with_transport(ip))
          use(whole.packet.bytes(), whole.name + " from " + v4 + ", cut or changed at ");
      }
    }
  }
}

std::vector<Judge> judges() {
  std::vector<Judge> both;
  both.emplace_back(SLUICE_SCOPE_PORTS);
  both.emplace_back(SLUICE_SCOPE_ALL);
  return both;
}

void run(std::vector<Judge>& judges, std::span<const std::uint8_t> frame, std::string_view what,
         std::uint64_t number) {
  for (Judge& judge : judges)
    judge.run(frame, what, number);
}

void expect_all_counted(const std::vector<Judge>& judges) {
  std::uint64_t runs = 0;
  std::uint64_t stopped = 0;
  for (const Judge& judge : judges) {
    judge.expect_all_counted();
    runs += judge.runs();
    stopped += judge.stopped();
  }
  std::cout << runs << " frames, " << stopped << " deserved to be stopped\n";
  testing::Test::RecordProperty("frames", std::to_string(runs));
}

class HostileTest : public RunTest {};

TEST_F(HostileTest, CutAtEveryByte) {
  auto both = judges();
  for_each_frame([&](const Bytes& frame, const std::string& name) {
    for (std::size_t size = 0; size <= frame.size(); ++size)
      run(both, {frame.data(), size}, name, size);
  });
  expect_all_counted(both);
}

// Fields of 4, 8, 13, 16 and 32 bits begin at a byte's half or whole: each is set to 0, 1, the largest and
// the one before; and each bit by itself is flipped.
template <class F>
void for_each_extreme(Bytes frame, F&& use) {
  const Bytes original = frame;
  const auto with = [&](std::size_t at, std::size_t bytes, std::uint32_t mask, std::uint32_t value) {
    for (std::size_t i = 0; i < bytes; ++i) {
      const std::size_t shift = 8 * (bytes - 1 - i);
      frame[at + i] = static_cast<std::uint8_t>((original[at + i] & ~(mask >> shift)) | (value >> shift));
    }
    use(frame, at);
    std::copy_n(original.begin() + static_cast<std::ptrdiff_t>(at), bytes,
                frame.begin() + static_cast<std::ptrdiff_t>(at));
  };
  const auto extremes = [&](std::size_t at, std::size_t bytes, std::uint32_t mask) {
    const std::uint32_t lowest = mask & -mask;
    for (const std::uint32_t value : {0u, lowest, mask - lowest, mask})
      with(at, bytes, mask, value);
  };
  for (std::size_t at = 0; at < original.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit)
      with(at, 1, 1u << bit, ~original[at] & 1u << bit);
    for (const std::uint32_t mask : {0xf0u, 0x0fu, 0xffu})
      extremes(at, 1, mask);
    if (at % 2 != 0) continue;
    if (at + 2 <= original.size()) {
      for (const std::uint32_t mask : {0x1fffu, 0xfff8u, 0xffffu})
        extremes(at, 2, mask);
    }
    if (at + 4 <= original.size()) extremes(at, 4, 0xffffffff);
  }
}

TEST_F(HostileTest, EveryFieldAtItsExtremes) {
  auto both = judges();
  const std::size_t stride = std::getenv("SLUICE_EXHAUSTIVE") != nullptr ? 1 : 8;
  std::size_t number = 0;
  for_each_frame([&](const Bytes& frame, const std::string& name) {
    if (number++ % stride != 0) return;
    for_each_extreme(frame, [&](const Bytes& changed, std::size_t at) { run(both, changed, name, at); });
  });
  expect_all_counted(both);
}

// Frames of a capture in the classic format; nothing of a file in another.
std::vector<Bytes> read_capture(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const auto read_word = [&](bool swapped) {
    std::uint32_t value = 0;
    file.read(reinterpret_cast<char*>(&value), sizeof value);
    return swapped ? __builtin_bswap32(value) : value;
  };
  const std::uint32_t magic = read_word(false);
  const bool swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
  if (!swapped && magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) return {};
  file.seekg(20);
  std::vector<Bytes> frames;
  if (read_word(swapped) != 1) return frames;  // not Ethernet
  for (;;) {
    file.seekg(8, std::ios::cur);
    const std::uint32_t size = read_word(swapped);
    file.seekg(4, std::ios::cur);
    Bytes frame(file ? size : 0);
    file.read(reinterpret_cast<char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
    if (!file || frame.empty()) return frames;
    if (frame.size() >= 14 && frame.size() <= 2048) frames.push_back(std::move(frame));
  }
}

std::vector<Bytes> real_frames() {
  const char* shared = std::getenv("SLUICE_SHARED_DATA");
  const std::filesystem::path folder =
      (shared != nullptr ? std::filesystem::path(shared)
                         : std::filesystem::path(SLUICE_SOURCE_DIR) / ".." / "shared" / "data") /
      "arkime-pcaps";
  std::vector<Bytes> frames;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(folder, absent)) {
    for (Bytes& frame :
         entry.path().extension() == ".pcap" ? read_capture(entry.path()) : std::vector<Bytes>())
      frames.push_back(std::move(frame));
  }
  std::cout << frames.size() << " real frames from " << folder << "\n";
  return frames;
}

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) {
  return bound == 0 ? 0 : random() % bound;
}

// Mostly in the headers.
std::size_t place_in(Random& random, const Bytes& frame) {
  return below(random, random() % 8 == 0 ? frame.size() : std::min<std::size_t>(frame.size(), 96));
}

void mutate(Random& random, Bytes& frame) {
  constexpr std::array<std::uint8_t, 8> extremes = {0, 1, 0x7f, 0x80, 0xfe, 0xff, 0x2c, 0x33};
  if (frame.empty()) return;
  const std::size_t at = place_in(random, frame);
  const auto place = frame.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random() % 7) {
    case 0:
      *place ^= static_cast<std::uint8_t>(1u << random() % 8);
      break;
    case 1:
      *place = static_cast<std::uint8_t>(random());
      break;
    case 2:
      *place = extremes[below(random, extremes.size())];
      break;
    case 3:
      frame.resize(at);
      break;
    case 4:
      frame.insert(place, 1 + below(random, 8), extremes[below(random, extremes.size())]);
      break;
    case 5:
      frame.erase(place, place + static_cast<std::ptrdiff_t>(
                                     1 + below(random, std::min<std::size_t>(8, frame.size() - at))));
      break;
    default: {  // a header over another
      const std::size_t from = place_in(random, frame);
      const std::size_t size = std::min({below(random, 24), frame.size() - at, frame.size() - from});
      std::memmove(&frame[at], &frame[from], size);
    }
  }
}

// A quarter is left as it is; the others are given a source that the rules know.
void give_source(Random& random, Bytes& frame, const std::optional<Sender>& sender) {
  if (!sender || random() % 4 == 0) return;
  const bool v4 = sender->address.family() == Family::ipv4;
  const char* blocked = v4 ? "192.0.2.66" : "2001:db8:66::1";
  const char* allowed = v4 ? "192.0.2.77" : "2001:db8:66::77";
  const Address address = *Address::parse(random() % 3 == 0 ? allowed : blocked);
  std::ranges::copy(address.bytes(), frame.begin() + static_cast<std::ptrdiff_t>(sender->offset));
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST_F(HostileTest, RandomMutationsOfRealFrames) {
  auto both = judges();
  std::vector<Bytes> frames = real_frames();
  if (frames.empty()) {
    std::cout << "no captures there: generated frames are mutated instead\n";
    for_each_frame([&](const Bytes& frame, const std::string&) { frames.push_back(frame); });
  }
  Random random(number_from("SLUICE_SEED", 20'260'101));
  const std::uint64_t mutations = number_from("SLUICE_MUTATIONS", 200'000);
  Bytes frame;
  for (std::uint64_t i = 0; i < mutations; ++i) {
    frame = frames[below(random, frames.size())];
    give_source(random, frame, both.back().sender(frame));
    for (std::size_t changes = 1 + below(random, 4); changes > 0; --changes)
      mutate(random, frame);
    both[i % 2].run(frame, "mutation ", i);
  }
  expect_all_counted(both);
}

}  // namespace
}  // namespace sluice::test
