// SPDX-License-Identifier: Apache-2.0
// Section one of scripts/bench: what a packet costs in each structure. All rows of one size are measured in
// the same rounds, one after the other, so that what else the machine does falls on all alike.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tests/bench/commands.h"
#include "tests/bench/entries.h"
#include "tests/bench/peers.h"
#include "tests/bench/rotation.h"
#include "tests/bench/sluice_peer.h"
#include "tests/support/filter.h"

namespace sluice::bench {
namespace {

constexpr std::size_t kWarm = 4'096;
constexpr std::size_t kCold = 1'048'576;
constexpr std::uint32_t kChecked = 512;  // packets a row whose verdict is looked at
// What the decision tables are built for; a list may hold more.
constexpr std::size_t kMostDecisions = 1'000'000;

struct Plan {
  std::vector<std::size_t> sizes;
  unsigned rounds;
  std::uint32_t warm_packets;  // a round
  std::uint32_t cold_packets;
};

Plan plan_of(Effort effort) {
  if (effort == Effort::smoke) return {{1'000}, 1, 8'192, 8'192};
  if (effort == Effort::quick) return {{10'000, 1'000'000}, 9, 65'536, 131'072};
  return {{10, 10'000, 1'000'000, 5'000'000}, 9, 262'144, 1'048'576};
}

struct Row {
  std::string_view peer;
  std::string_view state;
  const Rotation* visitors;
  int program_fd;
  bool dropped;
  std::vector<std::uint32_t> warm_ns = {};
  std::vector<std::uint32_t> cold_ns = {};
};

std::uint32_t median(std::vector<std::uint32_t> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void measure(std::vector<Row>& rows, const Plan& plan) {
  for (unsigned round = 0; round < plan.rounds; ++round) {
    for (Row& row : rows) {
      row.visitors->use_first(kWarm);
      (void)row.visitors->run(row.program_fd, 2 * kWarm);  // to have them in the caches
      row.warm_ns.push_back(row.visitors->run(row.program_fd, plan.warm_packets));
      row.visitors->use_first(kCold);
      row.cold_ns.push_back(row.visitors->run(row.program_fd, plan.cold_packets));
    }
  }
}

void print(const std::vector<Row>& rows, Family family, std::size_t entries, bool& first) {
  for (const Row& row : rows) {
    const std::uint32_t drops = row.visitors->count_drops(row.program_fd, kChecked);
    fmt::print(
        R"({}{{"family":"{}","entries":{},"peer":"{}","state":"{}","warm_ns":{},"cold_ns":{},"right":{}}})",
        first ? "" : ",\n", family == Family::ipv4 ? "IPv4" : "IPv6", entries, row.peer, row.state,
        median(row.warm_ns), median(row.cold_ns), drops == (row.dropped ? kChecked : 0));
    first = false;
  }
}

// A filter with a decision about each of the entries' addresses, a third of them of each kind, and whom each
// third is of.
struct Decided {
  test::Filter filter;
  Rotation blocked;
  Rotation over;
  Rotation within;

  explicit Decided(std::span<const Address> addresses)
      : filter(options_for_decisions(addresses.size())),
        blocked(make_third(0, addresses, State::blocked)),
        over(make_third(1, addresses, State::throttled_over)),
        within(make_third(2, addresses, State::throttled_within)) {}

 private:
  Rotation make_third(std::size_t number, std::span<const Address> addresses, State state) const {
    const std::size_t third = addresses.size() / 3;
    const auto mine = addresses.subspan(number * third, third);
    decide(filter, mine, state);
    return Rotation(listed_sources(mine, kCold));
  }
};

// xdp-filter as it comes: with all the addresses that it has room for. In every scene, so that what is
// compared with it was measured in the same rounds.
struct XdpFilterAsItComes {
  Rotation listed;
  XdpFilter filter;

  explicit XdpFilterAsItComes(Family family)
      : XdpFilterAsItComes(family,
                           make_entries(family, XdpFilter::kOwnLimit, XdpFilter::kOwnLimit).addresses) {}

 private:
  XdpFilterAsItComes(Family family, std::span<const Address> addresses)
      : listed(listed_sources(addresses, kCold)), filter({family, XdpFilter::kOwnLimit}) {
    filter.fill(addresses);
  }
};

// Everything that the rows of one family and size run, and their visitors.
struct Scene {
  Family family;
  std::size_t size;
  Entries entries = make_entries(family, size, size);
  Rotation clean{clean_sources(family, entries, kCold)};
  Rotation listed{listed_sources(entries.addresses, kCold)};
  Structures trie = Structures::with_trie({family, size});
  Structures hash = Structures::with_hash({family, size});
  XdpFilter xdp_filter{{family, size}};
  XdpFilterAsItComes as_it_comes{family};
  test::Filter idle;
  lists::Compilation compilation = compile(one_list(entries.prefixes));
  test::Filter filter{options_for_list(compilation)};
  std::optional<Decided> decided;

  Scene(Family of, std::size_t count) : family(of), size(count) {
    trie.fill_trie(entries.prefixes);
    hash.fill_hash(entries.addresses);
    xdp_filter.fill(entries.addresses);
    put_list(filter, compilation);
    if (size <= kMostDecisions) decided.emplace(entries.addresses);
  }

  [[nodiscard]] std::vector<Row> rows() const {
    std::vector<Row> rows{
        {"no table", "empty program", &clean, trie.nothing(), false},
        {"no table", "parse only", &clean, trie.parse_only(), false},
        {"Sluice", "clean, idle", &clean, idle.program_fd(), false},
        {"Sluice", "clean, lists", &clean, filter.program_fd(), false},
        {"Sluice", "listed", &listed, filter.program_fd(), true},
        {"LPM trie", "clean", &clean, trie.trie(), false},
        {"LPM trie", "listed", &listed, trie.trie(), true},
        {"kernel hash", "clean", &clean, hash.exact(), false},
        {"kernel hash", "listed", &listed, hash.exact(), true},
        {"xdp-filter", "clean", &clean, xdp_filter.program(), false},
        {"xdp-filter", "listed", &listed, xdp_filter.program(), true},
        {"xdp-filter", "listed, 10,000", &as_it_comes.listed, as_it_comes.filter.program(), true},
    };
    if (!decided) return rows;
    rows.push_back({"Sluice", "clean, decided", &clean, decided->filter.program_fd(), false});
    rows.push_back({"Sluice", "decided", &decided->blocked, decided->filter.program_fd(), true});
    rows.push_back({"Sluice", "over the rate", &decided->over, decided->filter.program_fd(), true});
    rows.push_back({"Sluice", "within the rate", &decided->within, decided->filter.program_fd(), false});
    return rows;
  }
};

}  // namespace

void lookup(Effort effort) {
  const Plan plan = plan_of(effort);
  bool first = true;
  fmt::print("{{\"rows\":[\n");
  for (const std::size_t size : plan.sizes) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      const Scene scene(family, size);
      std::vector<Row> rows = scene.rows();
      measure(rows, plan);
      print(rows, family, size, first);
    }
  }
  fmt::print("]}}\n");
}

}  // namespace sluice::bench
