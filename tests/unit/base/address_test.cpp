// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/address.h"

#include <random>
#include <unordered_set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Address address(std::string_view text) {
  return Address::parse(text).value();
}
Prefix prefix(std::string_view text) {
  return Prefix::parse(text).value();
}

TEST(Address, IsReadAndPrinted) {
  EXPECT_EQ(address("192.0.2.1").to_string(), "192.0.2.1");
  EXPECT_EQ(address("2001:DB8:0:0::1").to_string(), "2001:db8::1");
  EXPECT_EQ(address("::").to_string(), "::");
  EXPECT_EQ(Address().to_string(), "0.0.0.0");
  EXPECT_THAT(address("192.0.2.1").bytes(), ElementsAre(192, 0, 2, 1));
  EXPECT_EQ(address("2001:db8::1").bytes().size(), 16U);
  EXPECT_EQ(address("2001:db8::1").bytes()[15], 1);
}

TEST(Address, MappedOnesAreIpv4) {
  EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
  EXPECT_EQ(address("::ffff:c000:201").family(), Family::ipv4);
  EXPECT_EQ(address("::192.0.2.1").family(), Family::ipv6);
}

TEST(Address, NothingElseIsRead) {
  for (const std::string_view text :
       {"", " ", "192.0.2", "192.0.2.256", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1.1", "0x7f.0.0.1", "1",
        "::1::", "[::1]", "fe80::1%lo", "192.0.2.1:80", "host", "12345::", "192.0.2.1/32",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999"}) {
    const auto result = Address::parse(text);
    ASSERT_FALSE(result) << text;
    EXPECT_THAT(result.error().message(), HasSubstr("is not an IP address"));
  }
  using namespace std::string_view_literals;
  EXPECT_FALSE(Address::parse("192.0.2.1\0"sv));
  EXPECT_FALSE(Address::parse("192.0.2.1\0x"sv));
  EXPECT_LT(Address::parse(std::string(100000, '1')).error().message().size(), 200U);
}

TEST(Address, PrintsWhatIsReadBack) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes)
      byte = random() % 3 == 0 ? static_cast<std::uint8_t>(random()) : std::uint8_t{0};
    bytes[0] = 0x20;  // neither mapped nor compatible
    const Address v6 = Address::from_v6(bytes);
    EXPECT_EQ(address(v6.to_string()), v6);
    const Address v4 = Address::from_v4({bytes[1], bytes[2], bytes[3], bytes[4]});
    EXPECT_EQ(address(v4.to_string()), v4);
    EXPECT_NE(v4, v6);
  }
}

TEST(Prefix, ClearsTheHostBits) {
  EXPECT_EQ(Prefix(address("192.0.2.255"), 25).to_string(), "192.0.2.128/25");
  EXPECT_EQ(Prefix(address("192.0.2.255"), 0).to_string(), "0.0.0.0/0");
  EXPECT_EQ(Prefix(address("2001:db8::ffff"), 64).to_string(), "2001:db8::/64");
  EXPECT_EQ(Prefix(address("2001:db8:0:1ff::1"), 57).to_string(), "2001:db8:0:180::/57");
  EXPECT_EQ(Prefix(address("192.0.2.1"), 32).to_string(), "192.0.2.1");
  EXPECT_TRUE(Prefix(address("::1"), 128).is_single_address());
  EXPECT_FALSE(Prefix(address("::1"), 32).is_single_address());
}

TEST(Prefix, IsReadAndPrinted) {
  for (const std::string_view text :
       {"192.0.2.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.2.1", "2001:db8::1"}) {
    EXPECT_EQ(prefix(text).to_string(), text);
  }
  EXPECT_EQ(prefix("192.0.2.1/32"), prefix("192.0.2.1"));
  EXPECT_EQ(prefix("192.0.2.1").length(), 32U);
  EXPECT_EQ(prefix("2001:db8::1").length(), 128U);
}

TEST(Prefix, SaysWhatIsWrong) {
  const auto why = [](std::string_view text) { return Prefix::parse(text).error().message(); };
  EXPECT_EQ(why("192.0.2.7/24"), "'192.0.2.7/24' has host bits set; the network is 192.0.2.0/24");
  EXPECT_EQ(why("192.0.2.0/33"), "'192.0.2.0/33': the prefix length must be a number from 0 to 32");
  EXPECT_EQ(why("::/129"), "'::/129': the prefix length must be a number from 0 to 128");
  for (const std::string_view text :
       {"192.0.2.0/", "192.0.2.0/ 24", "192.0.2.0/-1", "192.0.2.0/24x", "192.0.2.0/24/24"}) {
    EXPECT_THAT(why(text), HasSubstr("must be a number")) << text;
  }
  EXPECT_THAT(why("/24"), HasSubstr("is not an IP address"));
}

TEST(Prefix, Contains) {
  EXPECT_TRUE(prefix("192.0.2.0/24").contains(address("192.0.2.255")));
  EXPECT_FALSE(prefix("192.0.2.0/24").contains(address("192.0.3.0")));
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(address("::1")));
  EXPECT_FALSE(prefix("::/0").contains(address("192.0.2.1")));
  EXPECT_TRUE(prefix("192.0.2.0/24").contains(prefix("192.0.2.0/24")));
  EXPECT_TRUE(prefix("192.0.2.0/24").contains(prefix("192.0.2.64/26")));
  EXPECT_FALSE(prefix("192.0.2.64/26").contains(prefix("192.0.2.0/24")));
  EXPECT_TRUE(prefix("192.0.2.64/26").overlaps(prefix("192.0.2.0/24")));
  EXPECT_FALSE(prefix("192.0.2.64/26").overlaps(prefix("192.0.2.128/26")));
}

TEST(Prefix, ContainsWhatItsBitsSay) {
  std::mt19937 random(2);
  for (int i = 0; i < 5000; ++i) {
    std::array<std::uint8_t, 4> a{};
    for (auto& byte : a)
      byte = static_cast<std::uint8_t>(random());
    std::array<std::uint8_t, 4> b = a;
    const auto flipped = static_cast<unsigned>(random() % 32);
    b[flipped / 8] ^= static_cast<std::uint8_t>(0x80U >> (flipped % 8));
    const auto length = static_cast<unsigned>(random() % 33);
    EXPECT_EQ(Prefix(Address::from_v4(a), length).contains(Address::from_v4(b)), flipped >= length);
  }
}

TEST(Prefix, HashesApart) {
  std::unordered_set<std::size_t> hashes;
  for (unsigned i = 0; i < 65536; ++i) {
    hashes.insert(hash_value(Prefix(
        Address::from_v4({10, 0, static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i)}), 32)));
    hashes.insert(
        hash_value(Prefix(Address::from_v6({0x20, 1, 0xd, 0xb8, 0, 0, static_cast<std::uint8_t>(i >> 8U),
                                            static_cast<std::uint8_t>(i)}),
                          64)));
  }
  EXPECT_EQ(hashes.size(), 131072U);
  EXPECT_EQ(hash_value(prefix("192.0.2.0/24")), hash_value(Prefix(address("192.0.2.9"), 24)));
  EXPECT_NE(hash_value(prefix("0.0.0.0/0")), hash_value(prefix("0.0.0.0/1")));
}

}  // namespace
}  // namespace sluice
