// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/coverage.h"

#include <algorithm>
#include <utility>

#include <net/if.h>

#include "daemon/kernel/attach/filter.h"

namespace sluice::app {

Result<std::vector<Coverage::Change>> Coverage::look(const std::string& bpf_fs,
                                                     const std::vector<std::string>& interfaces) {
  const auto states = kernel::inspect(bpf_fs);
  if (!states) return states.error();
  std::vector<Change> changes;
  std::map<std::string, State> now;
  for (const std::string& interface : interfaces) {
    const bool filtered = std::ranges::any_of(*states, [&](const kernel::InterfaceState& state) {
      return state.attached && state.attachment.interface == interface;
    });
    const State state{filtered, if_nametoindex(interface.c_str())};
    const auto before = known_.find(interface);
    const State was = before == known_.end() ? State{true, state.index} : before->second;
    const bool is_new = state.index != 0 && (before == known_.end() || state.index != was.index);
    if (state.filtered != was.filtered || (!state.filtered && state.index != was.index))
      changes.push_back({interface, filtered, state.index != 0, is_new});
    now.emplace(interface, state);
  }
  known_ = std::move(now);
  return changes;
}

}  // namespace sluice::app
