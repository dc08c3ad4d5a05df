// SPDX-License-Identifier: Apache-2.0
// The table of networks that rotate their sources is bounded.
#include "daemon/detection/groups/rotating_networks.h"

#include <cstdint>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

TEST(RotatingNetworks, StaysBounded) {
  RotatingNetworks watch;
  GroupTable groups;
  const auto network = [](std::uint64_t i) {
    return source(fmt::format("2001:{:x}:{:x}::/48", i % 65'536, i / 65'536));
  };
  for (std::uint64_t i = 0; i < 20 * RotatingNetworks::kMaxNetworks; ++i)
    watch.note_page(network(i), {.first = true}, 1'790'000'000 + static_cast<LogSecond>(i), groups);
  std::size_t known = 0;
  for (std::uint64_t i = 0; i < 20 * RotatingNetworks::kMaxNetworks; ++i)
    known += watch.find(network(i)) != nullptr ? 1 : 0;
  EXPECT_LE(known, RotatingNetworks::kMaxNetworks);
  EXPECT_NE(watch.find(network(20 * RotatingNetworks::kMaxNetworks - 1)), nullptr);
}

}  // namespace
}  // namespace sluice::detection::test
