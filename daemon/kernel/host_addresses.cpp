// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/host_addresses.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "daemon/base/unique_fd.h"

namespace sluice::kernel {
namespace {

using Protected = pipeline::Ledger::Protected;

// In the order in which they are found; the first name of a network stays.
class Found {
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

std::optional<Address> to_address(int family, std::span<const std::byte> bytes) {
  if (family == AF_INET && bytes.size() == 4) {
    std::array<std::uint8_t, 4> v4{};
    std::memcpy(v4.data(), bytes.data(), v4.size());
    return Address::from_v4(v4);
  }
  if (family == AF_INET6 && bytes.size() == 16) {
    std::array<std::uint8_t, 16> v6{};
    std::memcpy(v6.data(), bytes.data(), v6.size());
    return Address::from_v6(v6);
  }
  return std::nullopt;
}

void add_always(Found& found) {
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

Result<void> add_own(Found& found) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return Error::system("listing this host's addresses", errno);
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr) continue;
    std::optional<Address> address;
    if (at->ifa_addr->sa_family == AF_INET) {
      sockaddr_in v4{};
      std::memcpy(&v4, at->ifa_addr, sizeof v4);
      address = to_address(AF_INET, std::as_bytes(std::span(&v4.sin_addr, 1)));
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 v6{};
      std::memcpy(&v6, at->ifa_addr, sizeof v6);
      address = to_address(AF_INET6, std::as_bytes(std::span(&v6.sin6_addr, 1)));
    }
    if (address) found.add(*address, fmt::format("this host's own address, on {}", at->ifa_name));
  }
  return {};
}

// An attribute's header and its content, taken off the front of `rest`; nothing at the end or where it is cut
// short.
struct Attribute {
  unsigned type = 0;
  std::span<const std::byte> content;
};
std::optional<Attribute> next_attribute(std::span<const std::byte>& rest) {
  rtattr head{};
  if (rest.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, rest.data(), sizeof head);
  if (head.rta_len < sizeof head || head.rta_len > rest.size()) return std::nullopt;
  const Attribute attribute{static_cast<unsigned>(head.rta_type & NLA_TYPE_MASK),
                            rest.subspan(sizeof head, head.rta_len - sizeof head)};
  rest = rest.subspan(std::min<std::size_t>(RTA_ALIGN(head.rta_len), rest.size()));
  return attribute;
}

// RTA_GATEWAY, or RTA_VIA for a gateway of the other family, among attributes of a route or of one of its
// hops.
void add_gateways(Found& found, int family, std::span<const std::byte> attributes) {
  while (const auto attribute = next_attribute(attributes)) {
    std::optional<Address> gateway;
    if (attribute->type == RTA_GATEWAY) {
      gateway = to_address(family, attribute->content);
    } else if (attribute->type == RTA_VIA && attribute->content.size() > sizeof(rtvia)) {
      rtvia via{};
      std::memcpy(&via, attribute->content.data(), sizeof via);
      gateway = to_address(via.rtvia_family, attribute->content.subspan(sizeof via));
    } else if (attribute->type == RTA_MULTIPATH) {
      auto hops = attribute->content;
      rtnexthop hop{};
      while (hops.size() >= sizeof hop) {
        std::memcpy(&hop, hops.data(), sizeof hop);
        if (hop.rtnh_len < sizeof hop || hop.rtnh_len > hops.size()) break;
        add_gateways(found, family, hops.subspan(sizeof hop, hop.rtnh_len - sizeof hop));
        hops = hops.subspan(std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), hops.size()));
      }
    }
    if (gateway) found.add(*gateway, "a default gateway");
  }
}

void add_gateways_of_route(Found& found, std::span<const std::byte> message) {
  rtmsg route{};
  if (message.size() < sizeof route) return;
  std::memcpy(&route, message.data(), sizeof route);
  if (route.rtm_dst_len != 0 || route.rtm_type != RTN_UNICAST) return;
  const auto attributes = message.subspan(std::min<std::size_t>(NLMSG_ALIGN(sizeof route), message.size()));
  add_gateways(found, route.rtm_family, attributes);
}

// Reads one datagram of the answer; true when the dump is complete.
Result<bool> read_routes(Found& found, std::span<const std::byte> rest) {
  nlmsghdr head{};
  while (rest.size() >= sizeof head) {
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > rest.size()) break;
    const auto message = rest.subspan(NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN);
    if (head.nlmsg_type == NLMSG_DONE) return true;
    if (head.nlmsg_type == NLMSG_ERROR) {
      nlmsgerr failure{};
      std::memcpy(&failure, message.data(), std::min(message.size(), sizeof failure));
      return Error::system("listing this host's routes", -failure.error);
    }
    if (head.nlmsg_type == RTM_NEWROUTE) add_gateways_of_route(found, message);
    rest = rest.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), rest.size()));
  }
  return false;
}

Result<void> add_default_gateways(Found& found) {
  const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return Error::system("opening a routing socket", errno);
  struct {
    nlmsghdr head;
    rtmsg route;
  } request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = RTM_GETROUTE;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.route.rtm_family = AF_UNSPEC;
  if (send(socket.get(), &request, sizeof request, 0) < 0)
    return Error::system("asking for the routes", errno);

  std::vector<std::byte> buffer(64 * 1024);  // the kernel's dumps come in parts of at most 32 KiB
  for (;;) {
    const ssize_t size = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Error::system("reading the routes", errno);
    const auto complete = read_routes(found, std::span(buffer).first(static_cast<std::size_t>(size)));
    if (!complete) return complete.error();
    if (*complete) return {};
  }
}

// resolv.conf(5): "nameserver ADDRESS", an IPv6 address perhaps with "%interface" after it.
void add_resolvers(Found& found, const std::string& path) {
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
  Found found;
  add_always(found);
  if (auto own = add_own(found); !own) return own.error();
  if (auto gateways = add_default_gateways(found); !gateways) return gateways.error();
  add_resolvers(found, resolv_conf);
  return std::move(found).take();
}

}  // namespace sluice::kernel
