// SPDX-License-Identifier: Apache-2.0
// What the filter is attached with: plain values that the configuration fills in ([filter] and [identity]).
// config/ includes this file and checks the values. attach() checks again those that the kernel would
// misread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "daemon/base/time.h"

namespace sluice::kernel {

enum class Scope : std::uint8_t {
  ports,  // only TCP and UDP to the protected ports are judged
  all,    // every packet
};

enum class XdpMode : std::uint8_t {
  automatic,  // native; generic only where native is refused
  native,     // native or an error
  generic,
};

// In filter.interfaces: the interfaces of the default routes, whichever they are at the time.
inline constexpr std::string_view kAutomaticInterfaces = "auto";

// What every source may do unless an allow, a decision or a list says something else. A rate of 0: no limit.
struct LimitOptions {
  std::uint16_t port = 0;  // 0: all protected ports without a limit of their own, taken together
  std::uint64_t packets_per_second = 0;
  std::uint64_t bytes_per_second = 0;
  std::uint64_t attempts_per_second = 0;  // TCP connections, counted when their handshake is completed
  Nanoseconds burst =
      std::chrono::seconds(2);  // how much may come at once, as the time that it takes at that rate

  bool operator==(const LimitOptions&) const = default;
};

struct FilterOptions {
  // For attach(): names of interfaces. As configured, one may be kAutomaticInterfaces instead.
  std::vector<std::string> interfaces = {std::string(kAutomaticInterfaces)};
  bool skip_missing = false;  // interfaces that do not exist are left out; else they are an error
  Scope scope = Scope::ports;
  std::vector<std::uint16_t> ports = {80, 443};  // protected, at most SLUICE_MAX_PORTS
  XdpMode xdp_mode = XdpMode::automatic;
  std::string bpf_fs = "/sys/fs/bpf/sluice";  // directory in a BPF file system
  std::uint32_t max_decisions = 100'000;      // for each family, 1 to 10,000,000
  std::uint32_t max_allows = 4'096;           // for each family, 1 to 1,000,000
  std::uint32_t max_sources = 65'536;         // whose packets are counted, 64 to 10,000,000
  std::uint32_t list_memory_mib = 32;         // for two images of the lists, 0 (no lists) to 4,096
  Nanoseconds report_interval = std::chrono::seconds(1);
  std::vector<LimitOptions> limits;  // at most SLUICE_MAX_LIMITS, each port once
  bool reject = false;               // blocked connection attempts are answered with a reset
  bool hellos = false;               // TLS hellos are copied to the daemon
  unsigned ipv6_source_length = 64;  // [identity] ipv6_prefix_length, 32 to 128
  gid_t group = 0;                   // may open and change the maps; 0: root alone
};

}  // namespace sluice::kernel
