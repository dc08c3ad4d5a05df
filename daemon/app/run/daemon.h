// SPDX-License-Identifier: Apache-2.0
// `sluiced run`: begin to read here. The daemon is the services below, each with one task and one file. Each
// service gets references to the services it uses, so that the order of creation is the order of dependence:
// what is used is created first and destroyed last. How each is made is daemon.cpp. All run on one loop. A
// service that cannot be made ends the start; later failures are logged by the service and end nothing.
//
// Start. Nobody who must be reachable is ever hit, and no blocked packet passes before its decision is back:
//   1. the kernel's tables, the ledger as their source; lists are read; host, management and proxies are
//      protected; only then lists are armed;
//   2. the stored state; the detector with what it is to know; the decisions of the former daemon;
//   3. what comes in: the kernel's events, the logs from where they were left, the sources of lists;
//   4. operators and metrics, which see a daemon that is complete;
//   5. what happens by itself: the rounds of the housekeeping.
// Stop is the other way round (Daemon::stop), with one addition: everything that was read and decided is
// saved after the last operator and before the logs are closed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "daemon/app/lists/knowledge.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/config/config.h"
#include "daemon/control/operations.h"

namespace sluice {
namespace decisions {
class Ledger;
class Pipeline;
}  // namespace decisions
namespace resolve {
class Resolver;
}
namespace store {
class StateStore;
}
}  // namespace sluice

namespace sluice::app {

class ClockMonitor;
class EventPublisher;
class ExpiryTimer;
class FilterAttachment;
class FilterMonitor;
class FrameFeed;
class HistoryRecorder;
class Housekeeping;
class InterfaceMonitor;
class KernelEventService;
class KernelTables;
class KnowledgeService;
class ListService;
class ListSet;
class MemoryGuard;
class LogGapMonitor;
class LogService;
class MetricsService;
class OperatorService;
class ProtectedNetworks;
class Reloader;
class StateKeeper;
class StatusService;
class StillServedMonitor;

class Daemon {
 public:
  // Where the daemon runs, and what it cannot do by itself. All must outlive it.
  struct Surroundings {
    boost::asio::io_context& io;
    std::string config_path;  // for a reload
    FilterAttachment& attachment;
    // Called once, within the loop, when the filter was detached, or attached anew with other maps or
    // settings: stop() this daemon; another, made with config(), takes those over.
    std::function<void()> outdated;
  };
  // All is in force when it returns: the filter's maps are open, the stored decisions armed, the logs
  // followed; the socket answers as the loop runs. The filter must be attached.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> create(Surroundings around, config::Config config);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  // See Reloader.
  void reload(std::string_view who, const control::Operations::ReloadDone& done);

  // Ends in order. The kernel goes on with what it has. This must live until the loop has nothing left to do.
  void stop();

  [[nodiscard]] const config::Config& config() const { return *services_.config; }
  [[nodiscard]] std::string summary() const;  // one line for the service manager

 private:
  // In the order of creation; destroyed from the last to the first.
  struct Services {
    std::unique_ptr<config::Config> config;  // the one in force; only the reloader changes it

    // 1. Decisions and the kernel.
    std::unique_ptr<KernelTables> tables;  // with the lock: before everything that writes to the maps
    std::unique_ptr<decisions::Ledger> ledger;
    std::unique_ptr<ListSet> lists;
    std::unique_ptr<ProtectedNetworks> protection;  // needs the trusted proxies that lists name

    // 2. The detector, and what it remembers.
    std::unique_ptr<store::StateStore> store;
    std::unique_ptr<HistoryRecorder> history;     // of the decisions that ended
    std::unique_ptr<EventPublisher> publisher;    // the pipeline tells it
    std::unique_ptr<resolve::Resolver> resolver;  // the pipeline asks it for names
    std::unique_ptr<decisions::Pipeline> pipeline;
    std::unique_ptr<MemoryGuard> memory;  // has the pipeline forget

    // 3. What comes in, and what keeps it.
    std::unique_ptr<KernelEventService> events;
    std::unique_ptr<LogService> logs;
    std::unique_ptr<KnowledgeService> knowledge;  // for the logs, the pipeline and the protection
    std::unique_ptr<ListService> list_service;    // tells the former when a list changes
    std::unique_ptr<StateKeeper> state;           // saves places in the logs with the decisions
    std::unique_ptr<ExpiryTimer> expiry;

    // 4. Who asks.
    std::unique_ptr<LogGapMonitor> log_gap;
    std::unique_ptr<StillServedMonitor> still_served;
    std::unique_ptr<StatusService> status;
    std::unique_ptr<Reloader> reloader;
    std::unique_ptr<OperatorService> operators;
    std::unique_ptr<FrameFeed> frames;        // for those who watch through the operators' socket
    std::unique_ptr<MetricsService> metrics;  // null: metrics.listen is empty

    // 5. What happens by itself.
    std::unique_ptr<ClockMonitor> clock;
    std::unique_ptr<FilterMonitor> filter;
    std::unique_ptr<InterfaceMonitor> interfaces;
    std::unique_ptr<Housekeeping> housekeeping;
  };

  explicit Daemon(Services services);
  // The steps of the start. Each fills its part of the services.
  [[nodiscard]] static Result<void> make_tables(Services& s, boost::asio::io_context& io);
  [[nodiscard]] static Result<FilesOfKnowledge> make_detector(Services& s, boost::asio::io_context& io);
  [[nodiscard]] static Result<void> make_inputs(Services& s, boost::asio::io_context& io,
                                                FilesOfKnowledge files);
  [[nodiscard]] static Result<void> make_operators(Services& s, Surroundings& around);
  [[nodiscard]] static Result<void> make_rounds(Services& s, Surroundings& around, Nanoseconds wall_ahead);

  Services services_;
  bool stopped_ = false;
};

}  // namespace sluice::app
