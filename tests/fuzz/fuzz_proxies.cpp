// SPDX-License-Identifier: Apache-2.0
// The headers of proxies: whatever a visitor writes to the left, what the trusted proxy appended is who is
// held to account.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "daemon/intake/proxies.h"

namespace {

using namespace sluice;
using namespace sluice::intake;

Address settled(const Hops& hops, ProxyHeader header) {
  const std::array<Prefix, 1> networks = {Prefix::parse("10.0.0.0/8").value()};
  const TrustedProxies proxies(networks, header);
  detection::Request request;
  request.client = Address::parse("10.0.0.1").value();
  static_cast<void>(proxies.settle(request, hops));
  if (!request.forwarded) std::abort();
  return request.client;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Hops hops;
  hops.forwarded_for = text;
  hops.forwarded = text;
  static_cast<void>(settled(hops, ProxyHeader::x_forwarded_for));
  static_cast<void>(settled(hops, ProxyHeader::forwarded));
  const std::string appended = text + ", 198.51.100.9";
  hops.forwarded_for = appended;
  if (settled(hops, ProxyHeader::x_forwarded_for) != Address::parse("198.51.100.9").value()) std::abort();
  const std::string forwarded = text + ", for=198.51.100.9";
  hops.forwarded = forwarded;
  if (settled(hops, ProxyHeader::forwarded) != Address::parse("198.51.100.9").value()) std::abort();
  std::string_view header = text;
  std::size_t hops_taken = 0;
  while (take_last_hop(header, ProxyHeader::forwarded).is_there) {
    if (++hops_taken > text.size()) std::abort();
  }
  return 0;
}
