// SPDX-License-Identifier: Apache-2.0
// Finds the visitor behind proxies, who is not the one who connects. The header that names the hops is
// followed from the right as long as a trusted proxy wrote the hop; the first that is not trusted is the
// visitor. Used for each request; reads no files and no lines.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/detection/observation.h"
#include "daemon/intake/forwarding_headers.h"

namespace sluice::intake {

// Which header the proxies write; the other one may be a visitor's invention.
enum class ProxyHeader : std::uint8_t { x_forwarded_for, forwarded };

// [proxies] of the configuration.
struct ProxyOptions {
  std::vector<Prefix> trusted;
  std::vector<std::string> lists;  // files of further ones, read by app/
  ProxyHeader header = ProxyHeader::x_forwarded_for;

  bool operator==(const ProxyOptions&) const = default;
};

class TrustedProxies {
 public:
  TrustedProxies() = default;  // none
  TrustedProxies(std::span<const Prefix> networks, ProxyHeader header);

  [[nodiscard]] bool contains(const Address& address) const;

  enum class Outcome : std::uint8_t {
    direct,     // the visitor connected
    forwarded,  // a proxy did
    unnamed,    // a proxy did, and nothing says for whom: its own request, or a log without the header
    broken,     // a proxy did, and what it says cannot be read: the nearest hop that can be is taken
  };
  // Puts the visitor into the request. Where the operator names a field of the log as the client, that field
  // is the word of a proxy: it counts if a trusted proxy connected, if the log does not say who connected, or
  // if no proxy is trusted at all, for then nobody else could have been meant. Of a list of addresses the
  // first one is taken where no proxy is trusted: the last one is a proxy.
  Outcome settle(detection::Request& request, const ForwardingHeaders& headers) const;

  bool operator==(const TrustedProxies&) const = default;

 private:
  struct Key {  // an address as a number
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Range {
    Key first;
    Key last;
    bool operator==(const Range&) const = default;
  };
  static Key key_of(const Address& address);

  Outcome settle_named(detection::Request& request, const ForwardingHeaders& headers) const;
  Outcome follow(Address at, const ForwardingHeaders& headers, Address& visitor) const;
  // Goes on from the hop `visitor` as long as it is a trusted proxy.
  Outcome follow_hops(std::string_view header, ProxyHeader kind, Address& visitor) const;

  std::vector<Range> v4_;  // apart from each other, in rising order
  std::vector<Range> v6_;
  ProxyHeader header_ = ProxyHeader::x_forwarded_for;
};

// Takes the last hop off the header: what a comma stands before, or all. Nothing where no hop is left; `hop`
// is nothing where it names no address ("unknown", "_hidden", or not what the header prescribes).
struct Hop {
  bool is_there = false;
  std::optional<Address> address;
};
[[nodiscard]] Hop take_last_hop(std::string_view& header, ProxyHeader kind);

}  // namespace sluice::intake
