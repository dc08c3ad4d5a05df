// SPDX-License-Identifier: Apache-2.0
// Behind proxies the one who connects is not the visitor. Whom a line's headers are believed about: they are
// followed from the right, each hop said by one that is trusted, to the first that is not. Used for each
// request; reads no files and no lines.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/intake/hops.h"
#include "daemon/detection/observation.h"

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
    unnamed,    // likewise, and nothing says for whom: a proxy's own request, or a log without the header
    broken,  // likewise, and what it says of the visitor cannot be read: the nearest hop that can be is taken
  };
  // Puts the visitor into the request.
  Outcome settle(detection::Request& request, const Hops& hops) const;

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

  Outcome follow(Address at, const Hops& hops, Address& visitor) const;

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
