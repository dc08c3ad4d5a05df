// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/run.h"

#include <cerrno>
#include <csignal>
#include <functional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/app/commands/filter.h"
#include "daemon/app/commands/outcome.h"
#include "daemon/app/run/daemon.h"
#include "daemon/app/run/watchdog.h"
#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/base/unique_fd.h"

namespace sluice::app {
namespace {

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

int run(const RunCommand& command) {
  auto config = load_or_say_why(command.config);
  if (!config) return kFailed;
  set_up_log(config->log_level);
  if (!command.attach) return run_attached(command, *std::move(config));

  if (const auto attached = attach_filter(*config, false); !attached) return fail(attached.error());
  const int code = run_attached(command, *config);
  const auto detached = detach_filter(config->filter.bpf_fs);
  return detached ? code : fail(detached.error());
}

}  // namespace sluice::app
