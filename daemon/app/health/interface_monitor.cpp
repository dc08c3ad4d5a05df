// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/interface_monitor.h"

#include <algorithm>
#include <utility>

#include <net/if.h>
#include <spdlog/spdlog.h>

#include "daemon/app/run/wanted_interfaces.h"
#include "daemon/kernel/attach/filter.h"

namespace sluice::app {

using Means = FilterAttachment::Means;

Result<std::vector<InterfaceMonitor::Change>> InterfaceMonitor::changes(
    const std::vector<std::string>& interfaces) {
  const auto states = kernel::inspect(maps_.bpf_fs);
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

bool InterfaceMonitor::tell(const Change& change) const {
  if (change.filtered) {
    spdlog::info("{}: filtered again", change.interface);
  } else if (!change.exists) {
    spdlog::warn("{}: the interface is gone", change.interface);
  } else if (change.is_new && attachment_.means() == Means::attach) {
    return true;  // whoever attaches tells of it
  } else if (change.is_new && attachment_.means() == Means::ask) {
    spdlog::warn("{}: not filtered, asking for an attach", change.interface);
    return true;
  } else {
    spdlog::error("{}: not filtered; run `sluiced attach` (systemctl reload sluice-filter)",
                  change.interface);
  }
  return false;
}

void InterfaceMonitor::look() {
  const auto wanted = wanted_interfaces(config_.filter);
  const auto changed = wanted ? changes(*wanted) : wanted.error();
  if (!changed) {
    spdlog::error("where the filter stands cannot be told: {}", changed.error().message());
    return;
  }
  if (const bool none = wanted->empty(); none != std::exchange(nowhere_, none) && none)
    spdlog::warn("filter.interfaces is \"auto\" and there is no default route: nothing is filtered yet");
  bool can_help = false;
  for (const Change& change : *changed)
    can_help = tell(change) || can_help;
  if (!can_help) return;
  const bool attaches = attachment_.means() == Means::attach;
  const auto done = attaches ? attachment_.attach(config_) : attachment_.ask();
  if (!done) spdlog::error("{}", done.error().message());
  // An interface that came back is known now and is not attached to again.
  if (attaches) look();
}

}  // namespace sluice::app
