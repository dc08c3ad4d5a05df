// SPDX-License-Identifier: Apache-2.0
#include "tests/support/packet.h"

#include <algorithm>

#include "daemon/base/address.h"

namespace sluice::test {
namespace {

// How the layer before names what stands behind it.
struct Kind {
  std::uint16_t ethertype = 0x88b5;  // IEEE: for local experiments
  std::uint8_t protocol = 253;       // IANA: likewise
};

Kind kind_of(const Layer& layer) {
  struct Visitor {
    Kind operator()(const Ethernet&) const { return {}; }
    Kind operator()(const Vlan& vlan) const { return {.ethertype = vlan.tag_type}; }
    Kind operator()(const Ipv4&) const { return {.ethertype = 0x0800, .protocol = 4}; }
    Kind operator()(const Ipv6&) const { return {.ethertype = 0x86dd, .protocol = 41}; }
    Kind operator()(const Extension& extension) const { return {.protocol = extension.kind}; }
    Kind operator()(const Fragment&) const { return {.protocol = 44}; }
    Kind operator()(const Authentication&) const { return {.protocol = 51}; }
    Kind operator()(const Tcp&) const { return {.protocol = 6}; }
    Kind operator()(const Udp&) const { return {.protocol = 17}; }
    Kind operator()(const Icmp& icmp) const { return {.protocol = icmp.protocol}; }
    Kind operator()(const Payload&) const { return {}; }
  };
  return std::visit(Visitor{}, layer);
}

// Bytes in network order, in the order written.
class Writer {
 public:
  Writer& u8(unsigned value) {
    bytes_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  Writer& u16(unsigned value) { return u8(value >> 8 & 0xff).u8(value & 0xff); }
  Writer& fill(std::size_t count, std::uint8_t value = 0) {
    bytes_.insert(bytes_.end(), count, value);
    return *this;
  }
  Writer& address(const std::string& text) {
    const Address address = Address::parse(text).value();
    bytes_.insert(bytes_.end(), address.bytes().begin(), address.bytes().end());
    return *this;
  }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

// A layer's own bytes, given what stands behind it.
struct Header {
  Kind next;
  std::size_t behind = 0;  // bytes

  Bytes operator()(const Ethernet& ethernet) const {
    return Writer().fill(6, 0x02).fill(6, 0x06).u16(ethernet.type.value_or(next.ethertype)).take();
  }
  Bytes operator()(const Vlan& vlan) const { return Writer().u16(vlan.id).u16(next.ethertype).take(); }
  Bytes operator()(const Ipv4& ip) const {
    const std::size_t size = 20 + ip.option_bytes;
    const unsigned words = ip.header_words.value_or(static_cast<std::uint8_t>(size / 4));
    return Writer()
        .u8(unsigned{ip.version} << 4 | words)
        .u8(0)
        .u16(ip.total_length.value_or(static_cast<std::uint16_t>(size + behind)))
        .u16(0x1234)
        .u16((ip.more_fragments ? 0x2000u : 0u) | ip.fragment_offset)
        .u8(64)
        .u8(ip.protocol.value_or(next.protocol))
        .u16(0)
        .address(ip.source)
        .address(ip.destination)
        .fill(ip.option_bytes, 1)  // no operation
        .take();
  }
  Bytes operator()(const Ipv6& ip) const {
    return Writer()
        .u16(unsigned{ip.version} << 12)
        .u16(0)
        .u16(static_cast<unsigned>(behind))
        .u8(ip.next_header.value_or(next.protocol))
        .u8(64)
        .address(ip.source)
        .address(ip.destination)
        .take();
  }
  Bytes operator()(const Extension& extension) const {
    return Writer()
        .u8(next.protocol)
        .u8(extension.extra_units)
        .fill(6 + extension.extra_units * std::size_t{8})
        .take();
  }
  Bytes operator()(const Fragment& fragment) const {
    return Writer()
        .u8(next.protocol)
        .u8(0)
        .u16(unsigned{fragment.offset} << 3 | (fragment.more ? 1 : 0))
        .fill(4, 0x77)
        .take();
  }
  Bytes operator()(const Authentication& ah) const {
    return Writer().u8(next.protocol).u8(ah.extra_words).fill(6 + ah.extra_words * std::size_t{4}).take();
  }
  Bytes operator()(const Tcp& tcp) const {
    return Writer().u16(tcp.sport).u16(tcp.dport).fill(8).u8(0x50).u8(tcp.flags).u16(0xffff).fill(4).take();
  }
  Bytes operator()(const Udp& udp) const {
    return Writer().u16(udp.sport).u16(udp.dport).u16(static_cast<unsigned>(8 + behind)).u16(0).take();
  }
  Bytes operator()(const Icmp&) const { return Writer().u8(8).fill(7).take(); }
  Bytes operator()(const Payload& payload) const { return payload.bytes; }
};

}  // namespace

Packet operator/(Packet packet, Layer next) {
  packet.layers_.push_back(std::move(next));
  return packet;
}

Bytes Packet::bytes() const {
  Bytes frame;
  Kind next;
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    const Bytes header = std::visit(Header{.next = next, .behind = frame.size()}, *layer);
    frame.insert(frame.begin(), header.begin(), header.end());
    next = kind_of(*layer);
  }
  return frame;
}

}  // namespace sluice::test
