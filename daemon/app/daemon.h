// SPDX-License-Identifier: Apache-2.0
// `sluiced run`: owns the parts in dependency order and drives them on one loop. What each part does is its
// own file; here is only how they are joined, how they start, are reconfigured and stop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/coverage.h"
#include "daemon/app/event_feed.h"
#include "daemon/app/frame_feed.h"
#include "daemon/app/list_set.h"
#include "daemon/app/list_updates.h"
#include "daemon/app/log_set.h"
#include "daemon/app/operator_desk.h"
#include "daemon/app/proxy_hint.h"
#include "daemon/app/silence.h"
#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/config/config.h"
#include "daemon/control/server.h"
#include "daemon/gate/http_server.h"
#include "daemon/kernel/event_source.h"
#include "daemon/kernel/filter_maps.h"
#include "daemon/kernel/link_watch.h"
#include "daemon/kernel/verdict_table.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/resolve/resolver.h"
#include "daemon/store/state_store.h"

namespace sluice::app {

class Daemon {
 public:
  // Everything is in force when it returns: the filter's maps are open, the stored decisions armed, the logs
  // followed, the socket answers. The filter must be attached. `io` must outlive the daemon.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> create(boost::asio::io_context& io,
                                                              std::string config_path, config::Config config);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  // Reads the configuration and the lists again and puts all of it in force, or nothing. `done` is told
  // which, once, perhaps within this call.
  void reload(std::string_view who, const control::Operations::ReloadDone& done);

  // Ends in order: no more requests from operators, no more lines, positions and decisions saved. The kernel
  // goes on with what it has.
  void stop();

  // How to attach the filter as a configuration says, where this process may: then interfaces that come back,
  // and settings that a reload changes, are attached to at once.
  void set_attach(std::function<Result<void>(const config::Config&)> act) { attach_ = std::move(act); }

  // How to have it attached by somebody who may, where this process may not: asked when an interface that is
  // to be filtered is not and is new.
  void set_ask_attach(std::function<Result<void>()> act) { ask_attach_ = std::move(act); }

  // Called once when the daemon is outdated(); must see to it that stop() is called.
  void set_on_outdated(std::function<void()> act) { on_outdated_ = std::move(act); }
  // The filter was detached, or attached anew with other maps or settings: another daemon, made with
  // config(), takes those over.
  [[nodiscard]] bool outdated() const { return outdated_; }
  [[nodiscard]] const config::Config& config() const { return config_; }
  [[nodiscard]] std::string summary() const;  // one line for the service manager

 private:
  Daemon(boost::asio::io_context& io, std::string config_path, config::Config config, UniqueFd lock,
         kernel::FilterMaps maps);

  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> open_store();
  // Puts what the store remembers in force; returns where each log was left.
  [[nodiscard]] Result<std::map<std::string, std::string>> restore();
  // False: there was no room for it.
  bool take_in(const decisions::Decision& decision, WallTime now);
  void follow_logs(const std::map<std::string, std::string>& stored);
  [[nodiscard]] Result<void> serve_operators();
  [[nodiscard]] Result<void> serve_metrics();
  [[nodiscard]] Result<void> protect(const config::Config& config);
  // The part of a reload that takes no time: everything but reading the files.
  [[nodiscard]] control::ReloadAnswer put_in_force(config::Config config);
  void announce_reload(std::string_view who, const control::ReloadAnswer& answer);
  void read_lists();
  void arm_lists();
  [[nodiscard]] Result<void> keep_lists_up_to_date();
  // The proxies and crawlers that lists name have changed.
  void take_list_roles();
  void tell_of_list(const ListOutcome& outcome, bool is_news);
  [[nodiscard]] control::ListsAnswer lists_status() const;
  // What is armed: less than the configuration says while a list of trusted proxies is missing.
  [[nodiscard]] decisions::Mode mode_in_force() const {
    return ListSet::mode_with(lists_.roles(), config_.mode);
  }
  void on_event(const control::Event& event);

  // Decisions end on time. To be called once the ledger is at rest: within a sink's call it holds the next
  // deadline not yet.
  void rearm_expiry();
  // Decisions and the places in the logs that led to them, together.
  void save();
  void note_places();
  // In the audit log: which configuration is in force.
  void note_configuration();
  // Hands the store what sources read over weeks.
  void keep_reach();
  // Saves and rearms at the end of this turn of the loop.
  void settle_soon();
  // Once in a while: places saved, unreadable logs tried again, own addresses looked at, the filter still
  // there.
  void keep_house();
  void await_housekeeping(Nanoseconds wait);
  void follow_clock();
  // Counts what visitors send, and what the logs say of it.
  void listen_for_silence();
  // Says aloud which interfaces are no longer filtered, or again; attaches where it may, or asks for it.
  void look_at_interfaces();
  // Whether the maps are still those that the filter works with.
  [[nodiscard]] bool follow_filter();
  [[nodiscard]] control::StatusAnswer status();

  boost::asio::io_context& io_;
  const std::string config_path_;
  config::Config config_;
  const WallTime started_;
  Nanoseconds wall_ahead_;  // of the kernel's clock, when last looked at

  UniqueFd lock_;  // before everything that writes to the maps
  kernel::FilterMaps maps_;
  std::unique_ptr<kernel::VerdictTable> verdicts_;
  std::unique_ptr<store::StateStore> store_;
  decisions::Ledger ledger_;
  EventFeed feed_;
  std::unique_ptr<resolve::Resolver> resolver_;
  std::unique_ptr<decisions::Pipeline> pipeline_;
  std::optional<kernel::EventSource> events_;
  ListSet lists_;
  std::unique_ptr<ListUpdates> updates_;
  std::shared_ptr<const detection::Knowledge> knowledge_;  // of the configuration's files, without the lists
  std::optional<LogSet> logs_;
  std::vector<Prefix> proxies_;  // trusted ones, whom no decision may hit
  std::optional<OperatorDesk> desk_;
  std::unique_ptr<control::Server> server_;
  std::optional<FrameFeed> frames_;
  std::unique_ptr<gate::HttpServer> metrics_;  // null: it is off
  boost::asio::steady_timer expiry_;
  std::optional<WallTime> expiry_at_;
  boost::asio::steady_timer house_;
  WallTime forgotten_;   // when that was last dropped which nobody asks for any more
  WallTime reach_kept_;  // when the weeks were last handed to the store
  std::optional<kernel::LinkWatch> links_;
  Coverage coverage_;
  LogThrottle protect_failures_;
  ProxyHint proxy_hint_;
  Silence silence_;
  bool nowhere_ = false;  // filter.interfaces stands for none
  bool settling_ = false;
  bool stopped_ = false;
  bool outdated_ = false;
  std::function<Result<void>(const config::Config&)> attach_;
  std::function<Result<void>()> ask_attach_;
  std::function<void()> on_outdated_;
};

}  // namespace sluice::app
