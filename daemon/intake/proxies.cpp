// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/proxies.h"

#include <algorithm>

#include "daemon/base/text.h"

namespace sluice::intake {
namespace {

constexpr int kMaxHops = 32;  // more than any chain of proxies has; a visitor may write thousands

// White space around hops, as RFC 9110 has it.
std::string_view without_space(std::string_view text) {
  return trimmed(text, " \t");
}

// Where the last separator outside quotes stands; npos if there is none. From the right, for the left end may
// be a visitor's, who could leave a quote open there.
std::size_t last_separator(std::string_view text, char separator) {
  for (std::size_t i = text.size(); i-- > 0;) {
    if (text[i] == separator) return i;
    if (text[i] != '"') continue;
    const auto open = i == 0 ? std::string_view::npos : text.rfind('"', i - 1);
    if (open == std::string_view::npos) continue;
    i = open;
  }
  return std::string_view::npos;
}

// "for=192.0.2.1;proto=https" or `For="[2001:db8::1]:443"`.
std::optional<Address> node_of(std::string_view element) {
  while (!element.empty()) {
    const auto at = last_separator(element, ';');
    const std::string_view pair =
        without_space(at == std::string_view::npos ? element : element.substr(at + 1));
    element = at == std::string_view::npos ? std::string_view() : element.substr(0, at);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || !equal_ignoring_case(pair.substr(0, equals), "for")) continue;
    std::string_view node = pair.substr(equals + 1);
    if (node.size() >= 2 && node.front() == '"' && node.back() == '"') node = node.substr(1, node.size() - 2);
    return parse_endpoint(node);
  }
  return std::nullopt;
}

}  // namespace

Hop take_last_hop(std::string_view& header, ProxyHeader kind) {
  if (without_space(header).empty()) return {};
  const auto comma = kind == ProxyHeader::forwarded ? last_separator(header, ',') : header.rfind(',');
  const std::string_view hop =
      without_space(comma == std::string_view::npos ? header : header.substr(comma + 1));
  header = comma == std::string_view::npos ? std::string_view() : header.substr(0, comma);
  return {true, kind == ProxyHeader::forwarded ? node_of(hop) : parse_endpoint(hop)};
}

TrustedProxies::Key TrustedProxies::key_of(const Address& address) {
  Key key;
  std::size_t i = address.family() == Family::ipv4 ? 8 : 0;
  for (const std::uint8_t byte : address.bytes()) {
    std::uint64_t& half = i++ < 8 ? key.high : key.low;
    half = half << 8U | byte;
  }
  return key;
}

TrustedProxies::TrustedProxies(std::span<const Prefix> networks, ProxyHeader header) : header_(header) {
  for (const Prefix& network : networks) {
    const Key first = key_of(network.address());
    Key last = first;
    const unsigned free = max_prefix_length(network.family()) - network.length();
    if (free >= 64) {
      last.low = ~std::uint64_t{0};
      if (free > 64) last.high |= ~std::uint64_t{0} >> (128 - free);
    } else if (free > 0) {
      last.low |= ~std::uint64_t{0} >> (64 - free);
    }
    (network.family() == Family::ipv4 ? v4_ : v6_).push_back({first, last});
  }
  for (std::vector<Range>* ranges : {&v4_, &v6_}) {
    std::ranges::sort(*ranges, {}, &Range::first);
    // Prefixes are within each other or apart: what an earlier one covers is spare.
    std::size_t kept = 0;
    for (const Range& range : *ranges) {
      if (kept == 0 || (*ranges)[kept - 1].last < range.first) {
        (*ranges)[kept++] = range;
      } else {
        (*ranges)[kept - 1].last = std::max((*ranges)[kept - 1].last, range.last);
      }
    }
    ranges->resize(kept);
  }
}

bool TrustedProxies::contains(const Address& address) const {
  const std::vector<Range>& ranges = address.family() == Family::ipv4 ? v4_ : v6_;
  if (ranges.empty()) return false;
  const Key key = key_of(address);
  const auto next = std::ranges::upper_bound(ranges, key, {}, &Range::first);
  return next != ranges.begin() && key <= std::prev(next)->last;
}

TrustedProxies::Outcome TrustedProxies::settle(detection::Request& request,
                                               const ForwardingHeaders& headers) const {
  if (headers.peer_unknown || !headers.visitor.empty()) return settle_named(request, headers);
  if (headers.peer && *headers.peer != request.client) {
    // The server's own settings name its proxies, and it has done this already; where they name fewer, it
    // stopped at one of ours.
    request.forwarded = true;
    if (!contains(request.client)) return Outcome::forwarded;
    ForwardingHeaders left = headers;
    left.proxy_client.reset();
    return follow(request.client, left, request.client);
  }
  if (!contains(request.client)) return Outcome::direct;
  // Without a header too: nobody may be held to account at the proxy's address.
  request.forwarded = true;
  return follow(request.client, headers, request.client);
}

TrustedProxies::Outcome TrustedProxies::settle_named(detection::Request& request,
                                                     const ForwardingHeaders& headers) const {
  constexpr auto kKind = ProxyHeader::x_forwarded_for;
  const bool trusts_nobody = v4_.empty() && v6_.empty();
  if (!headers.peer_unknown && !trusts_nobody && !contains(headers.peer.value_or(request.client)))
    return Outcome::direct;
  request.forwarded = true;
  if (trusts_nobody) {
    const auto first = parse_endpoint(without_space(headers.visitor.substr(0, headers.visitor.find(','))));
    if (!first) return Outcome::broken;
    request.client = *first;
    return Outcome::forwarded;
  }
  std::string_view header = headers.visitor;
  const Hop last = take_last_hop(header, kKind);
  if (!last.address) return Outcome::broken;
  request.client = *last.address;
  return follow_hops(header, kKind, request.client);
}

TrustedProxies::Outcome TrustedProxies::follow(Address at, const ForwardingHeaders& headers,
                                               Address& visitor) const {
  visitor = headers.proxy_client.value_or(at);
  return follow_hops(header_ == ProxyHeader::forwarded ? headers.forwarded : headers.forwarded_for, header_,
                     visitor);
}

TrustedProxies::Outcome TrustedProxies::follow_hops(std::string_view header, ProxyHeader kind,
                                                    Address& visitor) const {
  for (int i = 0; i < kMaxHops && contains(visitor); ++i) {
    const Hop hop = take_last_hop(header, kind);
    if (!hop.is_there) return Outcome::unnamed;
    if (!hop.address) return Outcome::broken;
    visitor = *hop.address;
  }
  return Outcome::forwarded;
}

}  // namespace sluice::intake
