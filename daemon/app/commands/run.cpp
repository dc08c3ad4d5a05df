// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/run.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>
#include <new>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "daemon/app/commands/filter.h"
#include "daemon/app/commands/outcome.h"
#include "daemon/app/run/daemon.h"
#include "daemon/app/run/filter_attachment.h"
#include "daemon/app/run/watchdog.h"
#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/base/unique_fd.h"

namespace sluice::app {
namespace {

// sluice-reattach.path watches the file for writes and starts the attach.
Result<void> ask_for_attach(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return Error::system(fmt::format("asking for an attach: {}", path), errno);
  return {};
}

// What the command line says of attaching.
class AttachmentOfCommand final : public FilterAttachment {
 public:
  explicit AttachmentOfCommand(const RunCommand& command) : command_(command) {}

  [[nodiscard]] Means means() const override {
    if (command_.attach) return Means::attach;
    return command_.ask_attach.empty() ? Means::none : Means::ask;
  }
  [[nodiscard]] Result<void> attach(const config::Config& config) override {
    return attach_filter(config, false);
  }
  [[nodiscard]] Result<void> ask() override { return ask_for_attach(command_.ask_attach); }

 private:
  const RunCommand& command_;
};

// A log takes two descriptors while it is rotated, and a host may have thousands. Where it is not allowed, as
// many logs are followed as the limit has room for.
void raise_limit_of_open_files() {
  constexpr rlim_t kEnough = 65'536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return;
  limit.rlim_cur = std::min(limit.rlim_max, kEnough);
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

// Hands every SIGHUP to `act` while that returns true. An error is a cancelled wait: the daemon is leaving.
void on_reload(boost::asio::signal_set& signals, std::function<bool()> act) {
  signals.async_wait([&signals, act = std::move(act)](const boost::system::error_code& error, int) {
    if (!error && act()) on_reload(signals, act);
  });
}

// Drives one daemon after the other, until a signal ends it.
class Run {
 public:
  explicit Run(const RunCommand& command) : command_(command), attachment_(command) {}

  // Returns when a signal has ended the last daemon in order. A daemon that cannot start ends the process.
  [[nodiscard]] Result<void> run(config::Config config) {
    while (!told_to_stop_) {
      auto made = Daemon::create(
          {io_, command_.config, attachment_, [this] { boost::asio::post(io_, [this] { leave_(); }); }},
          std::move(config));
      if (!made) return made.error();
      drive(**made);
      config = (*made)->config();
    }
    return {};
  }

 private:
  void drive(Daemon& daemon) {
    Watchdog watchdog(io_);
    bool leaving = false;
    // With nothing left to wait for the loop ends by itself.
    leave_ = [&] {
      leaving = true;
      stop_signals_.cancel();
      reload_signals_.cancel();
      watchdog.stop();
      daemon.stop();
    };
    stop_signals_.async_wait([&](const boost::system::error_code& error, int) {
      if (error) return;  // cancelled: the daemon is leaving already
      told_to_stop_ = true;
      notify_stopping();
      leave_();
    });
    on_reload(reload_signals_, [&] {
      if (!leaving) daemon.reload("SIGHUP", [](const control::ReloadAnswer&) {});
      return !leaving;
    });
    notify_ready(daemon.summary());
    spdlog::info("ready: {}", daemon.summary());
    watchdog.start();
    io_.restart();
    // What runs out of memory mends itself where it can (MemoryGuard). Where it cannot, a part of the daemon
    // is no more: another daemon takes its place, with what this one has stored.
    for (bool done = false; !done;) {
      try {
        io_.run();
        done = true;
      } catch (const std::bad_alloc&) {
        if (leaving) throw;  // the service manager starts the process anew
        spdlog::error("memory ran out; the daemon begins anew with what is stored");
        leave_();
      }
    }
  }

  const RunCommand& command_;
  AttachmentOfCommand attachment_;
  boost::asio::io_context io_{1};
  // Before anything can take time: a signal from now on ends the daemon in order, and one that comes between
  // two daemons is kept for the second.
  boost::asio::signal_set stop_signals_{io_, SIGTERM, SIGINT};
  boost::asio::signal_set reload_signals_{io_, SIGHUP};
  bool told_to_stop_ = false;
  std::function<void()> leave_;  // stops the daemon that is being driven
};

}  // namespace

int run(const RunCommand& command) {
  const auto config = load_or_say_why(command.config);
  if (!config) return kFailed;
  set_up_log(config->log_level);
  ::signal(SIGPIPE, SIG_IGN);
  raise_limit_of_open_files();
  bool brought_filter = false;
  if (command.attach) {
    const auto attached = attach_for_run(*config);
    if (!attached) return fail(attached.error());
    brought_filter = *attached;
  }
  const auto done = Run(command).run(*config);
  if (done) spdlog::info("stopped; decisions in the kernel stay until their deadlines");
  const int code = done ? kDone : fail(done.error());
  if (!command.attach) return code;
  if (!brought_filter) {
    spdlog::info("the filter was attached before this run and stays; `sluiced detach` takes it away");
    return code;
  }
  const auto detached = detach_filter(config->filter.bpf_fs);
  return detached ? code : fail(detached.error());
}

}  // namespace sluice::app
