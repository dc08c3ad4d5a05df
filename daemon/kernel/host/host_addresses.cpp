// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/host/host_addresses.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <ifaddrs.h>

#include "daemon/kernel/host/default_routes.h"
#include "daemon/kernel/host/socket_address.h"

namespace sluice::kernel {
namespace {

using Protected = decisions::Ledger::Protected;

// The networks in the order in which they are found. The first name of a network stays.
class FoundNetworks {
 public:
  void add(const Prefix& network, std::string what) {
    if (seen_.insert(network).second) networks_.push_back({network, std::move(what)});
  }
  void add(const Address& address, std::string what) {
    add(Prefix(address, max_prefix_length(address.family())), std::move(what));
  }
  [[nodiscard]] std::vector<Protected> take() && { return std::move(networks_); }

 private:
  std::set<Prefix> seen_;
  std::vector<Protected> networks_;
};

void add_always(FoundNetworks& found) {
  const auto network = [](std::array<std::uint8_t, 4> v4, unsigned length) {
    return Prefix(Address::from_v4(v4), length);
  };
  std::array<std::uint8_t, 16> loopback{};
  loopback[15] = 1;
  found.add(network({127, 0, 0, 0}, 8), "loopback");
  found.add(Address::from_v6(loopback), "loopback");
  found.add(network({169, 254, 0, 0}, 16), "link-local");
  found.add(Prefix(Address::from_v6({0xfe, 0x80}), 10), "link-local");
}

Result<void> add_own(FoundNetworks& found) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return Error::system("listing this host's addresses", errno);
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (const auto address = to_address(at->ifa_addr))
      found.add(*address, fmt::format("this host's own address, on {}", at->ifa_name));
  }
  return {};
}

// resolv.conf(5): "nameserver ADDRESS", an IPv6 address perhaps with "%interface" after it.
void add_resolvers(FoundNetworks& found, const std::string& path) {
  constexpr std::string_view kWord = "nameserver";
  constexpr std::string_view kSpace = " \t";
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::string_view rest = line;
    if (!rest.starts_with(kWord)) continue;
    rest.remove_prefix(kWord.size());
    const auto begin = rest.find_first_not_of(kSpace);
    if (begin == 0 || begin == std::string_view::npos) continue;
    rest.remove_prefix(begin);
    if (const auto address = Address::parse(rest.substr(0, rest.find_first_of(" \t%#;\r")))) {
      found.add(*address, fmt::format("a resolver in {}", path));
    }
  }
}

}  // namespace

Result<std::vector<Protected>> host_addresses(const std::string& resolv_conf) {
  FoundNetworks found;
  add_always(found);
  if (auto own = add_own(found); !own) return own.error();
  const auto routes = default_routes();
  if (!routes) return routes.error();
  for (const Address& gateway : routes->gateways)
    found.add(gateway, "a default gateway");
  add_resolvers(found, resolv_conf);
  return std::move(found).take();
}

}  // namespace sluice::kernel
