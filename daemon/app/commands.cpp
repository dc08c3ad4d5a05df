// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands.h"

#include <cerrno>
#include <csignal>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "daemon/app/daemon.h"
#include "daemon/app/replay.h"
#include "daemon/app/wanted_interfaces.h"
#include "daemon/app/watchdog.h"
#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/base/unique_fd.h"
#include "daemon/config/load.h"
#include "daemon/kernel/filter.h"

namespace sluice::app {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;

int fail(const Error& error) {
  fmt::print(stderr, "sluiced: {}\n", error.message());
  return kFailed;
}

int tell(const config::Faults& faults) {
  for (const config::Fault& fault : faults)
    fmt::print(stderr, "{}\n", config::to_string(fault));
  return kFailed;
}

// The configuration, or nothing when it has faults, which are then said.
std::optional<config::Config> load(const std::string& path) {
  auto loaded = config::load(path);
  if (loaded) return *std::move(loaded);
  (void)tell(loaded.error());
  return std::nullopt;
}

// The same for what works without one: the defaults where none is named and the usual place is empty.
std::optional<config::Config> load_if_there(const std::optional<std::string>& named) {
  if (!named && ::access(kDefaultConfig, F_OK) != 0) return config::Config();
  return load(named.value_or(kDefaultConfig));
}

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
        "filter.interfaces is \"auto\" and this host has no default route, so there is nothing to filter "
        "yet: "
        "name the interfaces, for example [\"eth0\"]");
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

Result<void> attach_filter(const config::Config& config, bool skip_missing) {
  auto options = filter_options(config, skip_missing);
  if (!options) return options.error();
  auto attached = kernel::attach(*options);
  if (!attached) return attached.error();
  report(*attached);
  return {};
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

// Whoever watches the file for writes (sluice-reattach.path) attaches, and needs to know no more.
Result<void> ask_for_attach(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return Error::system(fmt::format("asking for an attach: {}", path), errno);
  return {};
}

// Hands every SIGHUP to `act` while that returns true and the set is not cancelled.
void on_reload(boost::asio::signal_set& signals, std::function<bool()> act) {
  signals.async_wait([&signals, act = std::move(act)](const boost::system::error_code& error, int) {
    if (!error && act()) on_reload(signals, act);
  });
}

// Drives one daemon until a signal or its own reasons end it.
struct Run {
  boost::asio::io_context io{1};
  // Before anything can take time: a signal from now on ends it in order, and one that comes between two
  // daemons is kept for the second.
  boost::asio::signal_set stop_signals{io, SIGTERM, SIGINT};
  boost::asio::signal_set reload_signals{io, SIGHUP};
  bool told_to_stop = false;

  void drive(Daemon& daemon) {
    Watchdog watchdog(io);
    // With nothing left to wait for the loop ends by itself.
    bool leaving = false;
    const auto leave = [&] {
      leaving = true;
      stop_signals.cancel();
      reload_signals.cancel();
      watchdog.stop();
      daemon.stop();
    };
    daemon.set_on_outdated(leave);
    // The filter was attached anew while it started.
    if (daemon.outdated()) boost::asio::post(io, leave);
    stop_signals.async_wait([&](const boost::system::error_code& error, int) {
      if (error) return;
      told_to_stop = true;
      notify_stopping();
      leave();
    });
    on_reload(reload_signals, [&] {
      if (!leaving) daemon.reload("SIGHUP", [](const control::ReloadAnswer&) {});
      return !leaving;
    });
    notify_ready(daemon.summary());
    spdlog::info("ready: {}", daemon.summary());
    watchdog.start();
    io.restart();
    io.run();
  }
};

int run_attached(const RunCommand& command, config::Config config) {
  Run run;
  ::signal(SIGPIPE, SIG_IGN);
  for (;;) {
    auto made = Daemon::create(run.io, command.config, std::move(config));
    if (!made) return fail(made.error());
    Daemon& daemon = **made;
    if (command.attach)
      daemon.set_attach([](const config::Config& wanted) { return attach_filter(wanted, false); });
    if (!command.ask_attach.empty())
      daemon.set_ask_attach([&command] { return ask_for_attach(command.ask_attach); });
    run.drive(daemon);
    if (run.told_to_stop) break;
    config = daemon.config();
  }
  spdlog::info("stopped; decisions in the kernel stay until their deadlines");
  return kDone;
}

}  // namespace

int attach(const std::string& path, bool skip_missing) {
  set_up_log("info");
  const auto config = load(path);
  if (!config) return kFailed;
  const auto attached = attach_filter(*config, skip_missing);
  return attached ? kDone : fail(attached.error());
}

int detach(const std::string& path) {
  set_up_log("info");
  // A configuration with faults must not keep anybody from taking the filter away.
  config::Config fallback;
  const auto config = load(path);
  if (!config) spdlog::warn("looking for the filter at the default place, {}", fallback.filter.bpf_fs);
  const auto detached = detach_filter(config.value_or(fallback).filter.bpf_fs);
  return detached ? kDone : fail(detached.error());
}

int run(const RunCommand& command) {
  auto config = load(command.config);
  if (!config) return kFailed;
  set_up_log(config->log_level);
  if (!command.attach) return run_attached(command, *std::move(config));

  if (const auto attached = attach_filter(*config, false); !attached) return fail(attached.error());
  const int code = run_attached(command, *config);
  const auto detached = detach_filter(config->filter.bpf_fs);
  return detached ? code : fail(detached.error());
}

int check_config(const std::string& path, bool effective) {
  const auto settings = config::load_settings(path);
  if (!settings) return tell(settings.error());
  if (effective) {
    for (const config::Setting& setting : *settings)
      fmt::print("{} = {}  # {}\n", setting.key, setting.value, setting.origin);
  } else {
    fmt::print("{}: ok\n", path);
  }
  return kDone;
}

int replay(const ReplayCommand& command) {
  const auto config = load_if_there(command.config);
  if (!config) return kFailed;
  const auto done = replay(
      *config, {command.files, command.format, command.json, command.all, command.pattern}, stdout, stderr);
  return done ? kDone : fail(done.error());
}

int learn(const LearnCommand& command) {
  const auto config = load_if_there(command.config);
  if (!config) return kFailed;
  const auto done = learn(*config, command.options, stdout, stderr);
  return done ? kDone : fail(done.error());
}

}  // namespace sluice::app
