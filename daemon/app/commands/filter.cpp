// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/filter.h"

#include <filesystem>
#include <utility>

#include <grp.h>
#include <spdlog/spdlog.h>

#include "daemon/app/commands/outcome.h"
#include "daemon/app/run/wanted_interfaces.h"
#include "daemon/base/log.h"
#include "daemon/kernel/attach/filter.h"
#include "daemon/kernel/maps/bpf_fs.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::app {
namespace {

// The filter's options with what only the machine knows: the interfaces that "auto" stands for, and the id of
// the group that may use the maps.
Result<kernel::FilterOptions> filter_options(const config::Config& config, bool skip_missing) {
  kernel::FilterOptions options = config.filter;
  options.skip_missing = skip_missing;
  options.ipv6_source_length = config.detector.identity.ipv6_prefix_length;
  if (options.interfaces.empty()) {
    return Error("filter.interfaces is empty: name the interfaces to filter, for example [\"eth0\"]");
  }
  auto interfaces = wanted_interfaces(config.filter);
  if (!interfaces) return interfaces.error();
  if (interfaces->empty()) {
    Error none(
        "filter.interfaces is \"auto\" and this host has no default route, so there "
        "is nothing to filter yet: name the interfaces, for example [\"eth0\"]");
    if (!skip_missing) return none;
    spdlog::warn("{}", none.message());
  }
  options.interfaces = *std::move(interfaces);
  // Watch before you act: while nothing is armed nobody is limited either.
  if (config.mode == decisions::Mode::observe) options.limits.clear();
  const group* members = ::getgrnam(config.control.group.c_str());
  if (members == nullptr) {
    spdlog::warn("there is no group '{}' (control.group): only root can use the filter's maps",
                 config.control.group);
  } else {
    options.group = members->gr_gid;
  }
  return options;
}

void report(const kernel::AttachReport& report) {
  for (const auto& item : report.interfaces) {
    const kernel::Attachment& at = item.attachment;
    spdlog::info("{}: filter {} in {} mode, {}, program {}", at.interface,
                 item.upgraded ? "replaced" : "attached", kernel::to_string(at.mode),
                 kernel::to_string(at.placement), at.program_id);
    if (!item.native_refused.empty()) {
      spdlog::warn(
          "{}: the driver refused native mode ({}): generic mode costs several times as much for each packet",
          at.interface, item.native_refused);
    }
  }
  for (const std::string& interface : report.vanished) {
    spdlog::warn("{}: there is no such interface now; `sluiced attach` once it is there", interface);
  }
  if (report.new_maps) spdlog::info("the filter has new maps; what was decided is in them");
  for (const std::string& interface : report.removed) {
    spdlog::info("{}: filter detached, filter.interfaces no longer names it", interface);
  }
}

}  // namespace

Result<void> attach_filter(const config::Config& config, bool skip_missing) {
  auto options = filter_options(config, skip_missing);
  if (!options) return options.error();
  auto attached = kernel::attach(*options);
  if (!attached) return attached.error();
  report(*attached);
  return {};
}

Result<bool> attach_for_run(const config::Config& config) {
  const bool was_there = std::filesystem::exists(kernel::maps_directory(config.filter.bpf_fs));
  if (was_there) {
    // For this look alone: the daemon takes it for as long as it runs.
    const auto lock = kernel::lock_maps(config.filter.bpf_fs);
    if (!lock) return lock.error();
  }
  if (auto attached = attach_filter(config, false); !attached) return attached.error();
  return !was_there;
}

Result<void> detach_filter(const std::string& bpf_fs) {
  auto detached = kernel::detach(bpf_fs);
  if (!detached) return detached.error();
  for (const std::string& interface : detached->detached)
    spdlog::info("{}: filter detached", interface);
  for (const std::string& interface : detached->gone)
    spdlog::info("{}: was gone already", interface);
  if (detached->detached.empty() && detached->gone.empty()) spdlog::info("no filter was attached");
  return {};
}

int attach(const std::string& path, bool skip_missing) {
  set_up_log("info");
  const auto config = load_or_say_why(path);
  if (!config) return kFailed;
  const auto attached = attach_filter(*config, skip_missing);
  return attached ? kDone : fail(attached.error());
}

int detach(const std::string& path) {
  set_up_log("info");
  // A configuration with faults must not keep anybody from taking the filter away.
  config::Config fallback;
  const auto config = load_or_say_why(path);
  if (!config) spdlog::warn("looking for the filter at the default place, {}", fallback.filter.bpf_fs);
  const auto detached = detach_filter(config.value_or(fallback).filter.bpf_fs);
  return detached ? kDone : fail(detached.error());
}

}  // namespace sluice::app
