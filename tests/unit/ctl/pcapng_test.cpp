// SPDX-License-Identifier: Apache-2.0
// The bytes of a capture, read block by block as the specification has them (draft-ietf-opsawg-pcapng).
#include "ctl/pcapng.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::ctl {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= std::uint64_t{static_cast<std::uint8_t>(bytes.at(at + i))} << (8 * i);
  return value;
}

struct Block {
  std::uint64_t type = 0;
  std::string body;
};

// Fails the test where lengths do not agree.
std::vector<Block> blocks_of(std::string_view bytes) {
  std::vector<Block> blocks;
  while (!bytes.empty()) {
    const std::uint64_t length = little_endian(bytes, 4, 4);
    if (length < 12 || length % 4 != 0 || length > bytes.size()) {
      ADD_FAILURE() << "a block of " << length << " bytes";
      break;
    }
    EXPECT_EQ(little_endian(bytes, length - 4, 4), length);
    blocks.push_back({little_endian(bytes, 0, 4), std::string(bytes.substr(8, length - 12))});
    bytes.remove_prefix(length);
  }
  return blocks;
}

// By code; ends at the end of options, behind which nothing may stand.
std::map<std::uint64_t, std::string> options_of(std::string_view bytes) {
  std::map<std::uint64_t, std::string> options;
  for (std::size_t at = 0; at + 4 <= bytes.size();) {
    const std::uint64_t code = little_endian(bytes, at, 2);
    const std::uint64_t length = little_endian(bytes, at + 2, 2);
    if (code == 0) {
      EXPECT_EQ(at + 4, bytes.size());
      return options;
    }
    options.emplace(code, bytes.substr(at + 4, length));
    at += 4 + (length + 3) / 4 * 4;
  }
  ADD_FAILURE() << "options without an end";
  return options;
}

TEST(Pcapng, TheHeader) {
  const auto blocks = blocks_of(PcapngWriter::header("sluicectl 1"));
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].type, 0x0a0d0d0aU);
  EXPECT_EQ(little_endian(blocks[0].body, 0, 4), 0x1a2b3c4dU);             // our byte order
  EXPECT_EQ(little_endian(blocks[0].body, 4, 4), 1U);                      // version 1.0
  EXPECT_EQ(little_endian(blocks[0].body, 8, 8), 0xffff'ffff'ffff'ffffU);  // length not told
  EXPECT_THAT(options_of(blocks[0].body.substr(16)), ElementsAre(Pair(4, "sluicectl 1")));
}

TEST(Pcapng, AnInterfaceComesBeforeItsFirstFrameAndOnce) {
  PcapngWriter writer;
  const std::vector<std::uint8_t> data{1, 2, 3, 4, 5};
  const auto first = blocks_of(writer.frame({.interface = "eth0",
                                             .time_ns = 1'800'000'000'123'456'789,
                                             .bytes = 1514,
                                             .data = data,
                                             .comment = "drop_decision"}));
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].type, 1U);
  EXPECT_EQ(little_endian(first[0].body, 0, 2), 1U);  // Ethernet
  EXPECT_EQ(little_endian(first[0].body, 4, 4), 0U);  // no limit
  EXPECT_THAT(options_of(first[0].body.substr(8)), ElementsAre(Pair(2, "eth0"), Pair(9, "\x09")));

  const std::string& body = first[1].body;
  EXPECT_EQ(first[1].type, 6U);
  EXPECT_EQ(little_endian(body, 0, 4), 0U);
  EXPECT_EQ(little_endian(body, 4, 4) << 32 | little_endian(body, 8, 4), 1'800'000'000'123'456'789U);
  EXPECT_EQ(little_endian(body, 12, 4), 5U);
  EXPECT_EQ(little_endian(body, 16, 4), 1514U);
  EXPECT_EQ(body.substr(20, 8), std::string("\1\2\3\4\5\0\0\0", 8));
  EXPECT_THAT(options_of(body.substr(28)), ElementsAre(Pair(1, "drop_decision")));

  const auto frame_of = [&](std::string_view interface) {
    return blocks_of(writer.frame({.interface = interface, .bytes = 5, .data = data, .comment = ""}));
  };
  const auto other = frame_of("eth1");
  ASSERT_EQ(other.size(), 2U);
  EXPECT_EQ(little_endian(other[1].body, 0, 4), 1U);
  const auto again = frame_of("eth0");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(little_endian(again[0].body, 0, 4), 0U);
}

TEST(Pcapng, EveryLengthOfDataIsPadded) {
  PcapngWriter writer;
  for (std::size_t size = 0; size <= 9; ++size) {
    SCOPED_TRACE(size);
    const std::vector<std::uint8_t> data(size, 0xee);
    const auto blocks =
        blocks_of(writer.frame({.interface = "e", .bytes = size, .data = data, .comment = "c"}));
    const std::string& body = blocks.back().body;
    EXPECT_EQ(little_endian(body, 12, 4), size);
    EXPECT_EQ(body.substr(20, size), std::string(size, '\xee'));
    EXPECT_THAT(options_of(body.substr(20 + (size + 3) / 4 * 4)), ElementsAre(Pair(1, "c")));
  }
}

}  // namespace
}  // namespace sluice::ctl
