// SPDX-License-Identifier: Apache-2.0
#include "tests/bpf_run/hostile_oracle.h"

#include <algorithm>
#include <array>

namespace sluice::test {
namespace {

using Frame = std::span<const std::uint8_t>;

constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kMaxTags = 2;
constexpr std::size_t kMaxExtensions = 8;
constexpr unsigned kTcp = 6;
constexpr unsigned kUdp = 17;

std::optional<unsigned> word(Frame frame, std::size_t at) {
  if (at + 2 > frame.size()) return std::nullopt;
  return unsigned{frame[at]} * 256 + frame[at + 1];
}

// What stands behind the link layer.
struct Link {
  unsigned type = 0;
  std::size_t next = 0;
};
std::optional<Link> read_link(Frame frame) {
  if (frame.size() < kEthernetBytes) return std::nullopt;
  Link link{*word(frame, 12), kEthernetBytes};
  for (std::size_t tags = 0; link.type == 0x8100 || link.type == 0x88a8; ++tags) {
    const auto type = word(frame, link.next + 2);
    if (tags == kMaxTags || !type) return std::nullopt;
    link = {*type, link.next + 4};
  }
  return link;
}

// The payload of the IP packet. `at` is nothing where it cannot be found.
struct IpPayload {
  unsigned protocol = 0;
  std::optional<std::size_t> at;
  bool later_fragment = false;
};

// An extension header's size, of those that are known; 0 for what is none.
std::size_t extension_bytes(unsigned kind, unsigned length) {
  if (kind == 0 || kind == 43 || kind == 60) return (std::size_t{length} + 1) * 8;
  if (kind == 44) return 8;
  if (kind == 51) return (std::size_t{length} + 2) * 4;
  return 0;
}

// What path MTU and neighbour discovery say (RFC 1191, 4443, 4861), which always passes.
bool is_control(Frame frame, const IpPayload& payload, bool is_v6) {
  if (!payload.at || payload.later_fragment) return false;
  const auto type_and_code = word(frame, *payload.at);
  if (!type_and_code) return false;
  if (!is_v6) return payload.protocol == 1 && *type_and_code == 3 * 256 + 4;
  const unsigned type = *type_and_code / 256;
  return payload.protocol == 58 && (type == 2 || (type >= 133 && type <= 137));
}

bool is_judged(Frame frame, const IpPayload& payload, bool is_v6, sluice_scope scope,
               std::span<const std::uint16_t> ports) {
  if (scope == SLUICE_SCOPE_ALL) return !is_control(frame, payload, is_v6);
  if (payload.later_fragment) return true;
  // What hides its port is taken for a packet to one that is protected, unless it has none.
  const bool may_have_ports = payload.protocol == kTcp || payload.protocol == kUdp ||
                              (!payload.at && extension_bytes(payload.protocol, 0) != 0);
  if (!may_have_ports) return false;
  if (!payload.at || *payload.at + 4 > frame.size()) return true;
  return std::ranges::find(ports, *word(frame, *payload.at + 2)) != ports.end();
}

IpPayload walk_extensions(Frame frame, unsigned kind, std::size_t at) {
  for (std::size_t seen = 0; extension_bytes(kind, 0) != 0; ++seen) {
    if (seen == kMaxExtensions || at + 8 > frame.size()) return {kind, std::nullopt, false};
    const std::size_t size = extension_bytes(kind, frame[at + 1]);
    if (at + size > frame.size()) return {kind, std::nullopt, false};
    if (kind == 44 && *word(frame, at + 2) >> 3 != 0) return {0, at + size, true};
    kind = frame[at];
    at += size;
  }
  return {kind, at, false};
}

}  // namespace

std::optional<Sender> sender_of(Frame frame, sluice_scope scope, std::span<const std::uint16_t> ports) {
  const auto link = read_link(frame);
  if (!link) return std::nullopt;
  const std::size_t ip = link->next;
  if (link->type == 0x0800 && ip + 20 <= frame.size()) {
    const std::size_t header = (frame[ip] % 16) * std::size_t{4};
    if (frame[ip] / 16 != 4) return std::nullopt;
    const bool is_whole = header >= 20 && *word(frame, ip + 2) >= header && ip + header <= frame.size();
    std::array<std::uint8_t, 4> v4{};
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(ip + 12), 4, v4.begin());
    const IpPayload payload = is_whole
                                  ? IpPayload{frame[ip + 9], ip + header, *word(frame, ip + 6) % 0x2000 != 0}
                                  : IpPayload{frame[ip + 9], std::nullopt, false};
    return Sender{Address::from_v4(v4), ip + 12, is_judged(frame, payload, false, scope, ports)};
  }
  if (link->type == 0x86dd && ip + 40 <= frame.size()) {
    if (frame[ip] / 16 != 6) return std::nullopt;
    std::array<std::uint8_t, 16> v6{};
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(ip + 8), 16, v6.begin());
    const IpPayload payload = walk_extensions(frame, frame[ip + 6], ip + 40);
    return Sender{Address::from_v6(v6), ip + 8, is_judged(frame, payload, true, scope, ports)};
  }
  return std::nullopt;
}

bool deserves_drop(const std::optional<Sender>& sender, const Rules& rules) {
  if (!sender || !sender->judged) return false;
  const auto holds = [&](const Prefix& prefix) { return prefix.contains(sender->address); };
  return std::ranges::any_of(rules.blocked, holds) && std::ranges::none_of(rules.allowed, holds);
}

}  // namespace sluice::test
