// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/attach/xdp_query.h"

#include <bpf/libbpf.h>
#include <net/if.h>

namespace sluice::kernel {

std::optional<std::uint32_t> program_at(const std::string& interface) {
  const unsigned index = if_nametoindex(interface.c_str());
  std::uint32_t id = 0;
  if (index == 0 || bpf_xdp_query_id(static_cast<int>(index), 0, &id) != 0 || id == 0) return std::nullopt;
  return id;
}

}  // namespace sluice::kernel
