// SPDX-License-Identifier: Apache-2.0
// Pseudonyms of addresses and words, for what leaves this host: consistent as long as the key is the same,
// and nothing without it. The key is random and is kept nowhere, so that two bundles have nothing in common.
//
// Networks keep their shape, as in Crypto-PAn (Xu, Fan, Ammar and Moon 2002): two addresses that share n
// leading bits have pseudonyms that share exactly n. So a /24 stays one /24, and who is in a prefix stays in
// it. Who knows whom one pseudonym stands for therefore knows how near the others are to him.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/address.h"
#include "daemon/base/keyed_hash.h"

namespace sluice::ctl {

class Pseudonyms {
 public:
  struct Keys {
    HashKey addresses;
    HashKey words;
  };
  explicit Pseudonyms(const Keys& keys) : keys_(keys) {}
  // With keys from the kernel's random numbers.
  [[nodiscard]] static Pseudonyms fresh();

  // One to one within each family. Loopback, the unspecified address and IPv4's broadcast are their own
  // pseudonyms; a private, link-local, carrier's or multicast address is replaced by one of the same kind.
  // For the latter's sake what lies beside such a network keeps the leading bits that it shares with it: of
  // the worst, 192.169.0.0/16, sixteen.
  [[nodiscard]] Address of(const Address& address) const;
  // The network that holds the pseudonyms of those in it.
  [[nodiscard]] Prefix of(const Prefix& prefix) const;

  // "host-1f2e3d4c": the same for the same text, whatever the kind.
  [[nodiscard]] std::string word(std::string_view kind, std::string_view text) const;

 private:
  Keys keys_;
};

}  // namespace sluice::ctl
