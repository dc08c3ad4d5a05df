// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/proxies.h"

#include <algorithm>

#include "daemon/intake/field.h"

namespace sluice::intake {
namespace {

constexpr int kMaxHops = 32;  // more than any chain of proxies has; a visitor may write thousands

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
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

bool is_for(std::string_view name) {
  return name.size() == 3 && (name[0] | 0x20) == 'f' && (name[1] | 0x20) == 'o' && (name[2] | 0x20) == 'r';
}

// "for=192.0.2.1;proto=https" or `For="[2001:db8::1]:443"`.
std::optional<Address> node_of(std::string_view element) {
  while (!element.empty()) {
    const auto at = last_separator(element, ';');
    const std::string_view pair = trimmed(at == std::string_view::npos ? element : element.substr(at + 1));
    element = at == std::string_view::npos ? std::string_view() : element.substr(0, at);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || !is_for(pair.substr(0, equals))) continue;
    std::string_view node = pair.substr(equals + 1);
    if (node.size() >= 2 && node.front() == '"' && node.back() == '"') node = node.substr(1, node.size() - 2);
    return parse_endpoint(node);
  }
  return std::nullopt;
}

}  // namespace

Hop take_last_hop(std::string_view& header, ProxyHeader kind) {
  if (trimmed(header).empty()) return {};
  const auto comma = kind == ProxyHeader::forwarded ? last_separator(header, ',') : header.rfind(',');
  const std::string_view hop = trimmed(comma == std::string_view::npos ? header : header.substr(comma + 1));
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

TrustedProxies::Outcome TrustedProxies::settle(detection::Request& request, const Hops& hops) const {
  if (hops.peer && *hops.peer != request.client) {
    // The server's own settings name its proxies, and it has done this already; where they name fewer, it
    // stopped at one of ours.
    request.forwarded = true;
    if (!contains(request.client)) return Outcome::forwarded;
    Hops left = hops;
    left.proxy_client.reset();
    return follow(request.client, left, request.client);
  }
  if (!contains(request.client)) return Outcome::direct;
  // Without a header too: nobody may be held to account at the proxy's address.
  request.forwarded = true;
  return follow(request.client, hops, request.client);
}

TrustedProxies::Outcome TrustedProxies::follow(Address at, const Hops& hops, Address& visitor) const {
  visitor = hops.proxy_client.value_or(at);
  std::string_view header = header_ == ProxyHeader::forwarded ? hops.forwarded : hops.forwarded_for;
  for (int i = 0; i < kMaxHops && contains(visitor); ++i) {
    const Hop hop = take_last_hop(header, header_);
    if (!hop.is_there) return Outcome::unnamed;
    if (!hop.address) return Outcome::broken;
    visitor = *hop.address;
  }
  return Outcome::forwarded;
}

}  // namespace sluice::intake
