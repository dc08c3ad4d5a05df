// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/host/default_routes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "daemon/base/unique_fd.h"

namespace sluice::kernel {
namespace {

struct FoundRoutes {
  DefaultRoutes routes;

  void add_interface(unsigned index) {
    std::array<char, IF_NAMESIZE> name{};
    if (if_indextoname(index, name.data()) == nullptr) return;  // the interface is gone meanwhile
    auto& interfaces = routes.interfaces;
    if (std::ranges::find(interfaces, name.data()) == interfaces.end()) interfaces.emplace_back(name.data());
  }
};

std::optional<Address> address_of_attribute(int family, std::span<const std::byte> bytes) {
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

// The next attribute, taken off the front of `rest`. Nothing at the end, or if the attribute is cut short.
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

void add_hops(FoundRoutes& found, int family, std::span<const std::byte> attributes);

// A route with several hops: each hop has its interface in its head, and attributes of its own.
void add_multipath(FoundRoutes& found, int family, std::span<const std::byte> hops) {
  rtnexthop hop{};
  while (hops.size() >= sizeof hop) {
    std::memcpy(&hop, hops.data(), sizeof hop);
    if (hop.rtnh_len < sizeof hop || hop.rtnh_len > hops.size()) break;
    found.add_interface(static_cast<unsigned>(hop.rtnh_ifindex));
    add_hops(found, family, hops.subspan(sizeof hop, hop.rtnh_len - sizeof hop));
    hops = hops.subspan(std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), hops.size()));
  }
}

// Gateways and interfaces among the attributes of a route or of one hop: RTA_GATEWAY, RTA_VIA (a gateway of
// the other family), RTA_OIF and RTA_MULTIPATH.
void add_hops(FoundRoutes& found, int family, std::span<const std::byte> attributes) {
  while (const auto attribute = next_attribute(attributes)) {
    std::optional<Address> gateway;
    if (attribute->type == RTA_GATEWAY) {
      gateway = address_of_attribute(family, attribute->content);
    } else if (attribute->type == RTA_VIA && attribute->content.size() > sizeof(rtvia)) {
      rtvia via{};
      std::memcpy(&via, attribute->content.data(), sizeof via);
      gateway = address_of_attribute(via.rtvia_family, attribute->content.subspan(sizeof via));
    } else if (attribute->type == RTA_OIF && attribute->content.size() == sizeof(unsigned)) {
      unsigned index = 0;
      std::memcpy(&index, attribute->content.data(), sizeof index);
      found.add_interface(index);
    } else if (attribute->type == RTA_MULTIPATH) {
      add_multipath(found, family, attribute->content);
    }
    if (gateway) found.routes.gateways.push_back(*gateway);
  }
}

void add_route(FoundRoutes& found, std::span<const std::byte> message) {
  rtmsg route{};
  if (message.size() < sizeof route) return;
  std::memcpy(&route, message.data(), sizeof route);
  if (route.rtm_dst_len != 0 || route.rtm_type != RTN_UNICAST) return;
  const auto attributes = message.subspan(std::min<std::size_t>(NLMSG_ALIGN(sizeof route), message.size()));
  add_hops(found, route.rtm_family, attributes);
}

// Reads one datagram of the answer; true when the dump is complete.
Result<bool> read_routes(FoundRoutes& found, std::span<const std::byte> rest) {
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
    if (head.nlmsg_type == RTM_NEWROUTE) add_route(found, message);
    rest = rest.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), rest.size()));
  }
  return false;
}

}  // namespace

Result<DefaultRoutes> default_routes() {
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

  FoundRoutes found;
  std::vector<std::byte> buffer(64 * 1024);  // the kernel's dumps come in parts of at most 32 KiB
  for (;;) {
    const ssize_t size = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Error::system("reading the routes", errno);
    const auto complete = read_routes(found, std::span(buffer).first(static_cast<std::size_t>(size)));
    if (!complete) return complete.error();
    if (*complete) return std::move(found.routes);
  }
}

}  // namespace sluice::kernel
