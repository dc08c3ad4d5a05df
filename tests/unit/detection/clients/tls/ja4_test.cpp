// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/tls/ja4.h"

#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/clients/tls/hello_builder.h"

namespace sluice::detection {
namespace {

using testing::StartsWith;
using namespace test;  // NOLINT(google-build-using-namespace): the builder's small words

std::string ja4_of(const HelloBuilder& builder) {
  return ja4(parse_client_hello(builder.bytes()).value());
}

TEST(Ja4, CountsAndFlags) {
  HelloBuilder builder;
  builder.ciphers = {0x2a2a, 0x1301, 0xc02b, 0x1302};
  EXPECT_THAT(ja4_of(builder), StartsWith("t12i030000_"));
  EXPECT_THAT(ja4_of(builder.with_name("a.example")), StartsWith("t12d030100_"));
  EXPECT_THAT(ja4_of(builder.with_versions({0x0303, 0x7a7a, 0x0304})), StartsWith("t13d030200_"));
  EXPECT_THAT(ja4_of(builder.with_alpn({"http/1.1", "h2"})), StartsWith("t13d0303h1_"));
  EXPECT_THAT(ja4_of(builder.with(0x8a8a, {})), StartsWith("t13d0303h1_"));
  builder.ciphers.assign(150, 0x1301);
  EXPECT_THAT(ja4_of(builder), StartsWith("t13d9903h1_"));
}

TEST(Ja4, ProtocolsThatAreNotText) {
  const auto alpn = [](std::string_view protocol) {
    return ja4_of(HelloBuilder().with_alpn({protocol})).substr(8, 2);
  };
  EXPECT_EQ(alpn("h"), "hh");
  EXPECT_EQ(alpn("\xab"), "ab");
  EXPECT_EQ(alpn("\xab\xcd"), "ad");
  EXPECT_EQ(alpn("0\xab"), "3b");
  EXPECT_EQ(alpn("\x30\x31\xab\xcd"), "3d");
  EXPECT_EQ(alpn("2h!"), "31");
}

TEST(Ja4, TheOrderOfCiphersAndExtensionsDoesNotMatterThatOfSignaturesDoes) {
  HelloBuilder one;
  one.ciphers = {0x1302, 0x1301};
  one.with(23, {}).with(5, {1}).with(13, vector(2, numbers({0x0403, 0x0804})));
  HelloBuilder other;
  other.ciphers = {0x1301, 0x1302};
  other.with(13, vector(2, numbers({0x0403, 0x0804}))).with(5, {1}).with(23, {});
  EXPECT_EQ(ja4_of(one), ja4_of(other));
  HelloBuilder third;
  third.with(13, vector(2, numbers({0x0804, 0x0403}))).with(5, {1}).with(23, {});
  EXPECT_NE(ja4_of(one), ja4_of(third));
  EXPECT_EQ(ja4_raw(parse_client_hello(third.bytes()).value()),
            "t12i020300_1301,1302_0005,000d,0017_0804,0403");
}

TEST(Ja4, NothingGivesZeros) {
  HelloBuilder builder;
  builder.ciphers = {};
  EXPECT_EQ(ja4_of(builder), "t12i000000_000000000000_000000000000");
  EXPECT_EQ(ja4_of(builder.with_name("a.example").with_alpn({"h2"})), "t12d0002h2_000000000000_000000000000");
}

// The example worked out in the description of the method: a Chrome of 2023.
TEST(Ja4, TheExampleOfItsDescription) {
  HelloBuilder builder;
  builder.ciphers = {0x9a9a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
                     0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  builder.with(0x001b, vector(1, numbers({2})))
      .with_name("example.org")
      .with(0x0033, vector(2, {}))
      .with_alpn({"h2", "http/1.1"})
      .with(0x4469, {})
      .with(0x0017, {})
      .with(0x002d, {})
      .with(0x000d, vector(2, numbers({0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601})))
      .with(0x0005, {})
      .with(0x0023, {})
      .with(0x0012, {})
      .with_versions({0x0304, 0x0303})
      .with(0xff01, {})
      .with(0x000b, {})
      .with(0x000a, vector(2, numbers({0x001d})))
      .with(0x0015, {});
  EXPECT_EQ(ja4_of(builder), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

// ---- Captures that others published, with what another program made of them ----

constexpr std::uint32_t kLinkLoopback = 0;

struct Flow {
  Bytes addresses;  // and ports, as they stand in the packet
  auto operator<=>(const Flow&) const = default;
};

// The TCP payload of a frame, and whose it is.
std::pair<Flow, Bytes> payload_of(const Bytes& frame, std::uint32_t link) {
  const auto slice = [&](std::size_t from, std::size_t size) {
    const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(from);
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
  };
  const std::size_t ip = link == kLinkLoopback ? 4 : 14;
  if (frame.size() < ip + 40) return {};
  const bool v4 = frame[ip] >> 4U == 4;
  if (frame[ip + (v4 ? 9U : 6U)] != 6) return {};
  const std::size_t tcp = ip + (v4 ? (frame[ip] & 15U) * std::size_t{4} : 40);
  const std::size_t total = v4 ? frame[ip + 2] * std::size_t{256} + frame[ip + 3]
                               : 40 + frame[ip + 4] * std::size_t{256} + frame[ip + 5];
  if (frame.size() < tcp + 20 || frame.size() < ip + total) return {};
  const std::size_t data = tcp + (frame[tcp + 12] >> 4U) * std::size_t{4};
  if (data > ip + total) return {};
  Bytes flow = v4 ? slice(ip + 12, 8) : slice(ip + 8, 32);
  append(flow, slice(tcp, 4));
  return {Flow{flow}, slice(data, ip + total - data)};
}

// The fingerprints of all hellos in a capture (little-endian pcap, segments in order).
void read_capture(const std::filesystem::path& path, std::set<std::string>& digests,
                  std::set<std::string>& raw) {
  std::ifstream file(path, std::ios::binary);
  const std::string all(std::istreambuf_iterator<char>(file), {});
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
      value = value << 8U | static_cast<std::uint8_t>(all.at(at + i));
    return value;
  };
  ASSERT_EQ(word(0), 0xa1b2c3d4U) << path;
  const std::uint32_t link = word(20);
  std::map<Flow, Bytes> flows;
  for (std::size_t at = 24; at + 16 <= all.size(); at += 16 + word(at + 8)) {
    const auto [flow, payload] = payload_of(text(std::string_view(all).substr(at + 16, word(at + 8))), link);
    if (payload.empty()) continue;
    Bytes& stream = flows[flow];
    append(stream, payload);
    const auto hello = parse_client_hello(stream);
    if (!hello || !hello->whole) continue;
    digests.insert(ja4(*hello));
    raw.insert(ja4_raw(*hello));
  }
}

// The text values of every member of this name, however deep.
void collect(const boost::json::value& value, std::string_view name, std::set<std::string>& found) {
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array)
      collect(item, name, found);
  }
  if (const auto* object = value.if_object()) {
    for (const auto& [key, inside] : *object) {
      if (key == name && inside.is_array()) {
        for (const auto& item : inside.get_array())
          found.emplace(item.as_string());
      }
      collect(inside, name, found);
    }
  }
}

TEST(Ja4Data, AgreesWithThePublishedFingerprints) {
  const char* given = std::getenv("SLUICE_SHARED_DATA");
  const std::filesystem::path folder =
      (given != nullptr ? std::filesystem::path(given)
                        : std::filesystem::path(SLUICE_SOURCE_DIR) / "../shared/data") /
      "arkime-pcaps";
  if (!std::filesystem::is_directory(folder))
    GTEST_SKIP() << "no " << folder << "; set SLUICE_SHARED_DATA to the data folder";
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".test") continue;
    std::ifstream file(entry.path());
    const auto document = boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    std::set<std::string> expected;
    std::set<std::string> expected_raw;
    collect(document, "ja4", expected);
    collect(document, "ja4_r", expected_raw);
    std::set<std::string> found;
    std::set<std::string> found_raw;
    read_capture(std::filesystem::path(entry.path()).replace_extension(".pcap"), found, found_raw);
    EXPECT_EQ(found, expected) << entry.path();
    EXPECT_EQ(found_raw, expected_raw) << entry.path();
    compared += expected.size();
  }
  std::cout << compared << " published fingerprints compared\n";
  EXPECT_GE(compared, 4U);
}

}  // namespace
}  // namespace sluice::detection
