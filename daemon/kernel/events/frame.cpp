// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/events/frame.h"

#include <array>

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "daemon/base/byte_cursor.h"

namespace sluice::kernel {
namespace {

constexpr int kMaxTags = 2;
constexpr int kMaxExtensions = 8;

struct Network {
  FrameSummary summary;
  bool without_ports = false;  // a later fragment, or headers that are not whole
};

// The EtherType behind the tags; the cursor then stands behind it.
std::optional<std::uint16_t> read_link(ByteCursor& cursor) {
  if (!cursor.has(ETH_HLEN)) return std::nullopt;
  std::uint16_t type = cursor.u16_at(12);
  (void)cursor.skip(ETH_HLEN);
  for (int tags = 0; tags < kMaxTags && (type == ETH_P_8021Q || type == ETH_P_8021AD); ++tags) {
    if (!cursor.has(4)) return std::nullopt;
    type = cursor.u16_at(2);
    (void)cursor.skip(4);
  }
  return type;
}

std::optional<Network> read_ipv4(ByteCursor& cursor) {
  if (!cursor.has(20) || cursor.u8_at(0) >> 4 != 4) return std::nullopt;
  const std::size_t size = static_cast<std::size_t>(cursor.u8_at(0) & 0x0f) * 4;
  Network network;
  network.summary.source = Address::from_v4(cursor.bytes_at<4>(12));
  network.summary.destination = Address::from_v4(cursor.bytes_at<4>(16));
  network.summary.protocol = cursor.u8_at(9);
  network.without_ports = (cursor.u16_at(6) & 0x1fff) != 0;
  if (size < 20 || !cursor.skip(size)) network.without_ports = true;
  return network;
}

// The size of an extension header; 0 if that kind is not an extension header.
std::size_t extension_size(std::uint8_t kind, std::uint8_t length) {
  switch (kind) {
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_DSTOPTS:
      return 8 + std::size_t{8} * length;
    case IPPROTO_FRAGMENT:
      return 8;
    case IPPROTO_AH:
      return 8 + std::size_t{4} * length;
    default:
      return 0;
  }
}

std::optional<Network> read_ipv6(ByteCursor& cursor) {
  if (!cursor.has(40) || cursor.u8_at(0) >> 4 != 6) return std::nullopt;
  Network network;
  network.summary.source = Address::from_v6(cursor.bytes_at<16>(8));
  network.summary.destination = Address::from_v6(cursor.bytes_at<16>(24));
  network.summary.protocol = cursor.u8_at(6);
  (void)cursor.skip(40);
  for (int count = 0; count < kMaxExtensions && extension_size(network.summary.protocol, 0) != 0; ++count) {
    network.without_ports = true;  // unless this header is whole, and not that of a later fragment
    if (!cursor.has(8)) break;
    const std::uint8_t next = cursor.u8_at(0);
    const std::size_t size = extension_size(network.summary.protocol, cursor.u8_at(1));
    const bool later = network.summary.protocol == IPPROTO_FRAGMENT && (cursor.u16_at(2) & 0xfff8) != 0;
    if (!cursor.skip(size)) break;
    network.summary.protocol = next;
    if (later) break;
    network.without_ports = false;
  }
  return network;
}

void read_transport(const ByteCursor& cursor, FrameSummary& summary) {
  if (summary.protocol != IPPROTO_TCP && summary.protocol != IPPROTO_UDP) return;
  if (!cursor.has(4)) return;
  summary.source_port = cursor.u16_at(0);
  summary.destination_port = cursor.u16_at(2);
  if (summary.protocol == IPPROTO_TCP && cursor.has(20)) summary.sequence = cursor.u32_at(4);
}

}  // namespace

std::optional<FrameSummary> summarize(std::span<const std::uint8_t> frame) {
  ByteCursor cursor(frame);
  const auto type = read_link(cursor);
  if (!type) return std::nullopt;
  std::optional<Network> network;
  if (*type == ETH_P_IP) network = read_ipv4(cursor);
  if (*type == ETH_P_IPV6) network = read_ipv6(cursor);
  if (!network) return std::nullopt;
  if (!network->without_ports) read_transport(cursor, network->summary);
  return network->summary;
}

}  // namespace sluice::kernel
