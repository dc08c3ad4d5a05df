// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/interfaces.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "daemon/base/unique_fd.h"

namespace sluice::ctl {
namespace {

// Drivers of Linux 6.1 that run XDP programs themselves (ndo_bpf), by the names that they give to ethtool.
constexpr auto kNativeDrivers = std::to_array<std::string_view>(
    {"virtio_net", "veth",    "tun",       "bonding", "hv_netvsc",     "vif",           "ena",
     "gve",        "mana",    "igb",       "igc",     "ixgbe",         "ixgbevf",       "i40e",
     "ice",        "mlx4_en", "mlx5_core", "bnxt_en", "nfp",           "qede",          "sfc",
     "sfc_ef100",  "mvneta",  "mvpp2",     "st_gmac", "thunder-nicvf", "fsl_dpaa2_eth", "cpsw"});
// A frame of XDP without fragments fits into a page with its headroom and tail.
constexpr std::uint32_t kMostMtu = 3498;

// By /proc/net/route and ipv6_route, whose columns have been the same since they are there.
std::set<std::string> default_routes() {
  std::set<std::string> names;
  std::ifstream v4("/proc/net/route");
  for (std::string line; std::getline(v4, line);) {
    std::istringstream fields(line);
    std::string name, destination, gateway, flags, count, use, metric, mask;
    if (fields >> name >> destination >> gateway >> flags >> count >> use >> metric >> mask &&
        destination == "00000000" && mask == "00000000")
      names.insert(name);
  }
  std::ifstream v6("/proc/net/ipv6_route");
  for (std::string line; std::getline(v6, line);) {
    std::istringstream fields(line);
    std::array<std::string, 10> field;
    for (std::string& each : field)
      fields >> each;
    if (fields && field[0] == std::string(32, '0') && field[1] == "00" && field[9] != "lo")
      names.insert(field[9]);
  }
  return names;
}

// Asks the driver of the interface; false where it does not answer.
bool ask(const std::string& name, unsigned long question, ifreq& request) {
  std::memcpy(request.ifr_name, name.c_str(), std::min(name.size(), sizeof request.ifr_name - 1));
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return socket && ioctl(socket.get(), question, &request) == 0;
}

std::string driver_of(const std::string& name) {
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  ifreq request{};
  request.ifr_data = reinterpret_cast<char*>(&info);
  if (!ask(name, SIOCETHTOOL, request)) return {};
  return {info.driver, strnlen(info.driver, sizeof info.driver)};
}

bool receives_large(const std::string& name) {
  ethtool_value value{};
  value.cmd = ETHTOOL_GFLAGS;
  ifreq request{};
  request.ifr_data = reinterpret_cast<char*>(&value);
  return ask(name, SIOCETHTOOL, request) && (value.data & ETH_FLAG_LRO) != 0;
}

std::uint32_t mtu_of(const std::string& name) {
  ifreq request{};
  return ask(name, SIOCGIFMTU, request) ? static_cast<std::uint32_t>(request.ifr_mtu) : 0;
}

void judge(HostInterface& interface) {
  interface.native_likely = std::ranges::find(kNativeDrivers, interface.driver) != kNativeDrivers.end();
  if (!interface.native_likely) {
    interface.remedy = fmt::format(
        "{} is not known to run XDP itself: generic mode works and costs more for each packet",
        interface.driver.empty() ? "an interface without a device" : "the driver " + interface.driver);
  } else if (receives_large(interface.name)) {
    interface.remedy = fmt::format(
        "LRO joins packets before XDP sees them, and drivers refuse native mode with "
        "it: ethtool -K {} lro off",
        interface.name);
  } else if (interface.mtu > kMostMtu) {
    interface.remedy = fmt::format(
        "with an MTU of {} many drivers refuse native mode: ip link set dev {} mtu 1500, "
        "or generic mode",
        interface.mtu, interface.name);
  }
  if (!interface.remedy.empty()) interface.native_likely = false;
}

}  // namespace

std::vector<HostInterface> look_at_interfaces() {
  std::vector<HostInterface> interfaces;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return interfaces;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
  const auto routes = default_routes();
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if ((at->ifa_flags & IFF_LOOPBACK) != 0 || (at->ifa_flags & IFF_UP) == 0) continue;
    auto found = std::ranges::find(interfaces, std::string(at->ifa_name), &HostInterface::name);
    if (found == interfaces.end()) {
      HostInterface made;
      made.name = at->ifa_name;
      made.default_route = routes.contains(made.name);
      made.driver = driver_of(made.name);
      made.mtu = mtu_of(made.name);
      judge(made);
      found = interfaces.insert(interfaces.end(), std::move(made));
    }
    const int family = at->ifa_addr != nullptr ? at->ifa_addr->sa_family : AF_UNSPEC;
    if (family != AF_INET && family != AF_INET6) continue;
    std::array<char, NI_MAXHOST> text{};
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (getnameinfo(at->ifa_addr, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      found->addresses.emplace_back(text.data());
  }
  return interfaces;
}

}  // namespace sluice::ctl
