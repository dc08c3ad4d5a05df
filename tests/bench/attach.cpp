// SPDX-License-Identifier: Apache-2.0
// Sections two and three of scripts/bench, the XDP peers' part: in force before an interface, from a file on,
// and the flood that comes against it.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>

#include "daemon/lists/formats/netset.h"
#include "tests/bench/check.h"
#include "tests/bench/commands.h"
#include "tests/bench/entries.h"
#include "tests/bench/peers.h"
#include "tests/bench/rotation.h"
#include "tests/bench/sluice_peer.h"
#include "tests/support/filter.h"

namespace sluice::bench {
namespace {

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

struct Job {
  std::string list;
  std::string other_list;
  int ifindex;
};

struct Times {
  double load_s = 0;     // from the file to the list in force
  double replace_s = 0;  // likewise, another list of the same size in its place
};

void put_before(int ifindex, int program_fd) {
  check(bpf_xdp_attach(ifindex, program_fd, XDP_FLAGS_DRV_MODE, nullptr), "attaching in native mode");
}

std::vector<Address> read_addresses(const std::string& path) {
  std::vector<Address> addresses;
  for (const Prefix& prefix : read_prefixes(path))
    addresses.push_back(prefix.address());
  return addresses;
}

// A table that is filled and emptied entry by entry has no way to change its whole list at once: for a while
// it holds neither. The other list goes first, so that the one to be flooded from is in force in the end.
template <class Read, class Fill, class Empty>
Times fill_and_replace(const Job& job, Read read, Fill fill, Empty empty) {
  Times times;
  const Stopwatch load;
  const auto other = read(job.other_list);
  fill(other);
  times.load_s = load.seconds();
  const Stopwatch replace;
  const auto list = read(job.list);
  empty(other);
  fill(list);
  times.replace_s = replace.seconds();
  return times;
}

std::size_t count_lines(const std::string& path) {
  std::ifstream file(path);
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line);)
    ++lines;
  return lines;
}

Times attach_drop_all(const Job& job) {
  const Structures structures;
  put_before(job.ifindex, structures.drop_all());
  return {};
}

Times attach_trie(const Job& job) {
  const auto structures = Structures::with_trie({Family::ipv4, count_lines(job.list)});
  put_before(job.ifindex, structures.trie());
  return fill_and_replace(
      job, read_prefixes, [&](const auto& list) { structures.fill_trie(list); },
      [&](const auto& list) { structures.empty_trie(list); });
}

Times attach_hash(const Job& job) {
  const auto structures = Structures::with_hash({Family::ipv4, count_lines(job.list)});
  put_before(job.ifindex, structures.exact());
  return fill_and_replace(
      job, read_addresses, [&](const auto& list) { structures.fill_hash(list); },
      [&](const auto& list) { structures.empty_hash(list); });
}

Times attach_xdp_filter(const Job& job) {
  const XdpFilter filter({Family::ipv4, count_lines(job.list)});
  put_before(job.ifindex, filter.program());
  return fill_and_replace(
      job, read_addresses, [&](const auto& list) { filter.fill(list); },
      [&](const auto& list) { filter.empty(list); });
}

lists::Compilation compile_file(const std::string& path) {
  lists::Entries entries;
  if (const auto read = lists::load_netset(path, 1, entries); !read)
    throw std::runtime_error(read.error().message());
  return compile(std::move(entries));
}

Times attach_lists(const Job& job) {
  const test::Filter filter(options_for_list(compile_file(job.list)));
  put_before(job.ifindex, filter.program_fd());
  Times times;
  const Stopwatch load;
  put_list(filter, compile_file(job.other_list));
  times.load_s = load.seconds();
  const Stopwatch replace;
  put_list(filter, compile_file(job.list));
  times.replace_s = replace.seconds();
  return times;
}

Times attach_decisions(const Job& job) {
  const auto list = read_addresses(job.list);
  const test::Filter filter(options_for_decisions(list.size()));
  put_before(job.ifindex, filter.program_fd());
  Times times;
  const Stopwatch load;
  decide(filter, list, State::blocked);
  times.load_s = load.seconds();
  return times;
}

const std::map<std::string_view, std::function<Times(const Job&)>> kPeers{
    {"drop all", attach_drop_all},         {"LPM trie", attach_trie},
    {"kernel hash", attach_hash},          {"xdp-filter", attach_xdp_filter},
    {"Sluice, decided", attach_decisions}, {"Sluice, listed", attach_lists},
};

std::array<std::uint8_t, 6> parse_hardware_address(std::string_view text) {
  std::array<std::uint8_t, 6> bytes{};
  unsigned parts[6];
  if (std::sscanf(std::string(text).c_str(), "%x:%x:%x:%x:%x:%x", &parts[0], &parts[1], &parts[2], &parts[3],
                  &parts[4], &parts[5]) != 6)
    throw std::invalid_argument(fmt::format("no hardware address: {}", text));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(parts[i]);
  return bytes;
}

}  // namespace

void attach(std::string_view peer, const std::string& list, const std::string& other_list, int ifindex) {
  const auto found = kPeers.find(peer);
  if (found == kPeers.end()) throw std::invalid_argument(fmt::format("no peer: {}", peer));
  const Times times = found->second({list, other_list, ifindex});
  fmt::print(R"({{"load_s":{:.4f},"replace_s":{:.4f}}})", times.load_s, times.replace_s);
}

void flood(const std::string& list, int ifindex, std::string_view hardware_address, double seconds,
           std::uint64_t most_packets) {
  constexpr std::size_t kSources = 1'048'576;
  const Rotation rotation(listed_sources(read_addresses(list), kSources));
  const auto destination = parse_hardware_address(hardware_address);
  const Stopwatch stopwatch;
  const std::uint64_t sent = rotation.flood(ifindex, destination, seconds, most_packets);
  fmt::print(R"({{"tried":{},"seconds":{:.4f}}})", sent, stopwatch.seconds());
}

void write_entries(std::size_t count, const std::string& directory) {
  for (const unsigned number : {0U, 1U}) {
    const Entries entries = make_entries(Family::ipv4, count, count + number);
    std::ofstream prefixes(fmt::format("{}/prefixes.{}", directory, number));
    for (const Prefix& prefix : entries.prefixes)
      prefixes << prefix.to_string() << '\n';
    std::ofstream addresses(fmt::format("{}/addresses.{}", directory, number));
    for (const Address& address : entries.addresses)
      addresses << address.to_string() << '\n';
    if (!prefixes.flush() || !addresses.flush())
      throw std::runtime_error(fmt::format("{}: cannot be written", directory));
  }
  fmt::print("{{}}");
}

}  // namespace sluice::bench
