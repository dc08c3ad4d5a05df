// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/tls/client_hello.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/clients/tls/hello_builder.h"

namespace sluice::detection {
namespace {

using testing::ElementsAre;
using namespace test;  // NOLINT(google-build-using-namespace): the builder's small words

std::string_view view(const ClientHello::List<char, 255>& characters) {
  return {characters.data(), characters.size()};
}

HelloFault fault_of(const Bytes& bytes) {
  const auto hello = parse_client_hello(bytes);
  if (hello) ADD_FAILURE() << "was read";
  return hello ? HelloFault{HelloPart::count, {}} : hello.error();
}

HelloBuilder full() {
  HelloBuilder builder;
  builder.ciphers = {0x2a2a, 0x1301, 0xc02b};
  builder.with(0x3a3a, {})
      .with_name("example.org")
      .with(10, vector(2, numbers({0x4a4a, 0x11ec, 0x001d})))
      .with(13, vector(2, numbers({0x0403, 0x0804})))
      .with_alpn({"h2", "http/1.1"})
      .with(27, vector(1, numbers({2, 1})))
      .with(28, number(16'385, 2))
      .with(35, {})
      .with_versions({0x5a5a, 0x0304, 0x0303});
  Bytes share = number(0x001d, 2);
  append(share, vector(2, Bytes(32, 7)));
  return builder.with(51, vector(2, share));
}

TEST(ClientHello, EveryPartIsRead) {
  const auto hello = parse_client_hello(full().bytes());
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->whole);
  EXPECT_EQ(hello->legacy_version, 0x0303);
  EXPECT_EQ(hello->highest_version, 0x0304);
  EXPECT_THAT(hello->ciphers, ElementsAre(0x2a2a, 0x1301, 0xc02b));
  EXPECT_THAT(hello->extensions, ElementsAre(0x3a3a, 0, 10, 13, 16, 27, 28, 35, 43, 51));
  EXPECT_THAT(hello->groups, ElementsAre(0x4a4a, 0x11ec, 0x001d));
  EXPECT_THAT(hello->signature_algorithms, ElementsAre(0x0403, 0x0804));
  EXPECT_THAT(hello->versions, ElementsAre(0x5a5a, 0x0304, 0x0303));
  EXPECT_THAT(hello->key_shares, ElementsAre(0x001d));
  EXPECT_THAT(hello->certificate_compression, ElementsAre(2, 1));
  EXPECT_EQ(hello->record_size_limit, 16'385);
  EXPECT_EQ(view(hello->server_name), "example.org");
  EXPECT_EQ(view(hello->first_alpn), "h2");
  EXPECT_TRUE(hello->offers_h2);
  EXPECT_TRUE(hello->offers_http1);
  EXPECT_FALSE(hello->offers_resumption);
  EXPECT_TRUE(hello->grease_in_ciphers && hello->grease_in_extensions && hello->grease_in_groups);
}

TEST(ClientHello, OneOfTheTimeBeforeExtensions) {
  HelloBuilder builder;
  builder.version = 0x0301;
  builder.ciphers = {0x0005};
  const auto hello = parse_client_hello(builder.bytes());
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->whole);
  EXPECT_EQ(hello->highest_version, 0x0301);
  EXPECT_TRUE(hello->extensions.empty());
  EXPECT_FALSE(hello->has_grease());
}

TEST(ClientHello, AnOfferToResumeIsSeen) {
  EXPECT_TRUE(parse_client_hello(HelloBuilder().with(35, {1, 2, 3}).bytes())->offers_resumption);
  EXPECT_FALSE(parse_client_hello(HelloBuilder().with(35, {}).bytes())->offers_resumption);
  EXPECT_TRUE(parse_client_hello(HelloBuilder().with(41, {0}).bytes())->offers_resumption);
  HelloBuilder with_session;
  with_session.session_id = Bytes(32, 1);
  EXPECT_TRUE(parse_client_hello(with_session.bytes())->offers_resumption);
  // In TLS 1.3 the session identifier is only there for middleboxes (RFC 8446, appendix D.4).
  EXPECT_FALSE(parse_client_hello(with_session.with_versions({0x0304}).bytes())->offers_resumption);
}

TEST(ClientHello, RecordsMayCutItAnywhere) {
  const Bytes handshake = full().handshake();
  const auto whole = parse_client_hello(full().bytes());
  for (std::size_t length = 1; length < handshake.size(); ++length) {
    const auto hello = parse_client_hello(in_records(handshake, length));
    ASSERT_TRUE(hello) << length;
    EXPECT_TRUE(hello->whole);
    EXPECT_EQ(hello->ciphers, whole->ciphers);
    EXPECT_EQ(hello->key_shares, whole->key_shares);
  }
}

// A prefix of a hello is never taken for a malformed one, and never says more than the whole does.
TEST(ClientHello, EveryPrefixIsReadAsFarAsItGoes) {
  const Bytes bytes = full().bytes();
  const auto whole = parse_client_hello(bytes);
  const auto is_beginning = [](const auto& part, const auto& all) {
    return part.size() <= all.size() && std::equal(part.begin(), part.end(), all.begin());
  };
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto hello = parse_client_hello(std::span(bytes).first(size));
    ASSERT_TRUE(hello) << size << ": " << to_text(hello.error().part);
    EXPECT_FALSE(hello->whole) << size;
    EXPECT_TRUE(is_beginning(hello->ciphers, whole->ciphers)) << size;
    EXPECT_TRUE(is_beginning(hello->extensions, whole->extensions)) << size;
    EXPECT_TRUE(is_beginning(hello->groups, whole->groups)) << size;
    EXPECT_TRUE(is_beginning(hello->server_name, whole->server_name)) << size;
  }
}

TEST(ClientHello, WhatFollowsItDoesNotMatter) {
  Bytes bytes = full().bytes();
  append(bytes, {23, 3, 3, 0, 1, 9, 0xff, 0xff});
  const auto hello = parse_client_hello(bytes);
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->whole);
}

TEST(ClientHello, OtherTrafficIsForeign) {
  using Kind = HelloFault::Kind;
  EXPECT_EQ(fault_of(text("GET / HTTP/1.1\r\n")), (HelloFault{HelloPart::record, Kind::foreign}));
  EXPECT_EQ(fault_of({22, 2, 1, 0, 1, 1}), (HelloFault{HelloPart::record, Kind::foreign}));
  EXPECT_EQ(fault_of({22, 3, 1, 0, 0}), (HelloFault{HelloPart::record, Kind::malformed}));
  EXPECT_EQ(fault_of({22, 3, 1, 0xff, 0xff}), (HelloFault{HelloPart::record, Kind::malformed}));
  EXPECT_EQ(fault_of({22, 3, 1, 0, 4, 2, 0, 0, 0}), (HelloFault{HelloPart::handshake, Kind::foreign}));
}

TEST(ClientHello, FaultsNameTheirPart) {
  using Kind = HelloFault::Kind;
  const auto part = [](const HelloBuilder& builder) {
    const HelloFault fault = fault_of(builder.bytes());
    EXPECT_EQ(fault.kind, Kind::malformed);
    return fault.part;
  };
  HelloBuilder long_session;
  long_session.session_id = Bytes(33, 1);
  EXPECT_EQ(part(long_session), HelloPart::session_id);
  EXPECT_EQ(part(HelloBuilder().with(0, {0, 9, 0})), HelloPart::server_name);
  EXPECT_EQ(part(HelloBuilder().with(0, {0, 4, 0, 0, 9, 'a'})), HelloPart::server_name);
  EXPECT_EQ(part(HelloBuilder().with(10, vector(2, {1, 2, 3}))), HelloPart::supported_groups);
  EXPECT_EQ(part(HelloBuilder().with(10, {0, 2, 1, 2, 3})), HelloPart::supported_groups);
  EXPECT_EQ(part(HelloBuilder().with(13, {0, 4, 1, 2})), HelloPart::signature_algorithms);
  EXPECT_EQ(part(HelloBuilder().with(16, vector(2, {0}))), HelloPart::alpn);
  EXPECT_EQ(part(HelloBuilder().with(16, vector(2, {9, 'h'}))), HelloPart::alpn);
  EXPECT_EQ(part(HelloBuilder().with(27, {1, 2})), HelloPart::certificate_compression);
  EXPECT_EQ(part(HelloBuilder().with(28, {1})), HelloPart::record_size_limit);
  EXPECT_EQ(part(HelloBuilder().with(43, {3, 3, 4, 3})), HelloPart::supported_versions);
  EXPECT_EQ(part(HelloBuilder().with(51, vector(2, {0, 29, 0, 9, 1}))), HelloPart::key_share);
  EXPECT_EQ(part(HelloBuilder().with(5, {}).with(5, {})), HelloPart::extensions);

  Bytes handshake = HelloBuilder().handshake();
  handshake[38 + 1] = 0xff;  // the ciphers go on beyond the message: 4 + 2 + 32 + 1 before their length
  EXPECT_EQ(fault_of(in_records(handshake, 9999)), (HelloFault{HelloPart::ciphers, Kind::malformed}));
}

TEST(ClientHello, TooManyIsRefusedAndNothingIsLost) {
  using Kind = HelloFault::Kind;
  HelloBuilder many;
  many.ciphers.assign(193, 0x1301);
  EXPECT_EQ(fault_of(many.bytes()), (HelloFault{HelloPart::ciphers, Kind::too_many}));
  many.ciphers.pop_back();
  EXPECT_TRUE(parse_client_hello(many.bytes()));
  for (std::uint16_t type = 1000; type < 1097; ++type)
    many.with(type, {});
  EXPECT_EQ(fault_of(many.bytes()), (HelloFault{HelloPart::extensions, Kind::too_many}));
  EXPECT_EQ(fault_of(HelloBuilder().with(10, vector(2, Bytes(130, 1))).bytes()),
            (HelloFault{HelloPart::supported_groups, Kind::too_many}));
}

TEST(ClientHello, OneTooLongIsReadAsFarAsThereIsRoom) {
  const auto hello = parse_client_hello(full().with(21, Bytes(9000, 0)).bytes());
  ASSERT_TRUE(hello);
  EXPECT_FALSE(hello->whole);
  EXPECT_EQ(hello->key_shares.size(), 1U);
}

// Any change of any byte: no crash, no read beyond the bytes (the sanitizers see it).
TEST(ClientHello, MutationsAreReadOrRefused) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): repeatable
  const Bytes original = full().bytes();
  std::size_t read = 0;
  for (std::size_t i = 0; i < original.size() * 16; ++i) {
    Bytes bytes = original;
    bytes[i / 16] = static_cast<std::uint8_t>(random());
    bytes.shrink_to_fit();
    read += parse_client_hello(bytes) ? 1 : 0;
  }
  EXPECT_GT(read, original.size() * 4);   // most bytes are free: the random, names
  EXPECT_LT(read, original.size() * 16);  // and lengths are not
}

TEST(Grease, IsTheSixteenValues) {
  int count = 0;
  for (unsigned value = 0; value < 0x10000; ++value)
    count += is_grease(static_cast<std::uint16_t>(value)) ? 1 : 0;
  EXPECT_EQ(count, 16);
  EXPECT_TRUE(is_grease(0x0a0a));
  EXPECT_TRUE(is_grease(0xfafa));
  EXPECT_FALSE(is_grease(0x0a1a));
}

}  // namespace
}  // namespace sluice::detection
