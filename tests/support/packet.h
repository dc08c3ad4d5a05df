// SPDX-License-Identifier: Apache-2.0
// Frames for tests, composed from values: Ethernet{} / Ipv4{.source = "192.0.2.1"} / Tcp{.dport = 80}. Used
// by every test layer that feeds packets. Types and lengths follow from what stands behind a layer unless
// they are given; checksums are zero.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::test {

using Bytes = std::vector<std::uint8_t>;

struct Ethernet {
  std::optional<std::uint16_t> type = std::nullopt;
};

struct Vlan {
  std::uint16_t id = 1;
  std::uint16_t tag_type = 0x8100;  // 0x88a8: 802.1ad
};

struct Ipv4 {
  std::string source = "192.0.2.1";
  std::string destination = "198.51.100.1";
  std::uint8_t version = 4;
  std::optional<std::uint8_t> header_words = std::nullopt;  // of four bytes
  std::optional<std::uint16_t> total_length = std::nullopt;
  std::optional<std::uint8_t> protocol = std::nullopt;
  std::uint16_t fragment_offset = 0;  // in units of eight bytes
  bool more_fragments = false;
  std::size_t option_bytes = 0;  // 0 to 40 in steps of four
};

struct Ipv6 {
  std::string source = "2001:db8::1";
  std::string destination = "2001:db8:ffff::1";
  std::uint8_t version = 6;
  std::optional<std::uint8_t> next_header = std::nullopt;
};

// Hop-by-hop options (0), routing (43) or destination options (60).
struct Extension {
  std::uint8_t kind = 60;
  std::uint8_t extra_units = 0;  // of eight bytes, behind the first eight
};

struct Fragment {
  std::uint16_t offset = 0;  // in units of eight bytes
  bool more = false;
};

struct Authentication {
  std::uint8_t extra_words = 4;  // of four bytes, behind the first eight
};

struct Tcp {
  std::uint16_t sport = 40000;
  std::uint16_t dport = 80;
  std::uint8_t flags = 0x10;  // ACK
};

inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kAck = 0x10;

struct Udp {
  std::uint16_t sport = 40000;
  std::uint16_t dport = 443;
};

struct Icmp {
  std::uint8_t protocol = 1;  // 58: ICMPv6
};

struct Payload {
  Bytes bytes;
};

using Layer =
    std::variant<Ethernet, Vlan, Ipv4, Ipv6, Extension, Fragment, Authentication, Tcp, Udp, Icmp, Payload>;

class Packet {
 public:
  template <class T>
  requires std::constructible_from<Layer, T> Packet(T layer)
      : layers_{std::move(layer)} {}  // implicit, so that a layer begins a packet

  [[nodiscard]] Bytes bytes() const;

  friend Packet operator/(Packet packet, Layer next);

 private:
  std::vector<Layer> layers_;
};

// Puts a layer behind a packet. Declared here too, so that a layer can stand on the left.
Packet operator/(Packet packet, Layer next);

}  // namespace sluice::test
