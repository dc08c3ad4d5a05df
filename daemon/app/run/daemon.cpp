// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/daemon.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/app/health/memory_guard.h"
#include "daemon/app/health/metrics_service.h"
#include "daemon/app/health/status_service.h"
#include "daemon/app/health/still_served_monitor.h"
#include "daemon/app/lists/knowledge.h"
#include "daemon/app/lists/list_service.h"
#include "daemon/app/lists/list_start.h"
#include "daemon/app/lists/trusted_proxies.h"
#include "daemon/app/operators/frame_feed.h"
#include "daemon/app/operators/operator_service.h"
#include "daemon/app/run/history_recorder.h"
#include "daemon/app/run/housekeeping.h"
#include "daemon/app/run/keep.h"
#include "daemon/app/run/ledger.h"
#include "daemon/app/run/stored_state.h"
#include "daemon/base/clock.h"

namespace sluice::app {

Result<void> Daemon::make_tables(Services& s, boost::asio::io_context& io) {
  const config::Config& config = *s.config;
  if (auto done = keep(s.tables, KernelTables::open(config.filter.bpf_fs)); !done) return done;
  s.ledger = std::make_unique<decisions::Ledger>(make_ledger(config, config.mode));
  s.ledger->add_sink(s.tables->verdicts());
  s.lists = read_lists(io.get_executor(), s.tables->maps(), config);
  const ListRoles roles = s.lists->roles();
  auto proxies = trusted_networks(config.proxies, roles);
  if (!proxies) return proxies.error();
  if (auto done = s.ledger->set_mode(ListSet::mode_with(roles, config.mode)); !done) return done;
  auto protection = ProtectedNetworks::create(*s.ledger, config, *std::move(proxies));
  if (auto done = keep(s.protection, std::move(protection)); !done) return done;
  arm_lists(*s.lists, config);
  return {};
}

Result<FilesOfKnowledge> Daemon::make_detector(Services& s, boost::asio::io_context& io) {
  const config::Config& config = *s.config;
  s.store = open_state(config);
  s.history = std::make_unique<HistoryRecorder>(HistoryRecorder::Parts{
      config.retention, *s.ledger, *s.store,
      [&verdicts = s.tables->verdicts()](const Prefix& source, decisions::Ledger::Slot slot) {
        using Usage = HistoryRecorder::Usage;
        const auto found = verdicts.usage(source, slot);
        return found && *found ? std::optional(Usage{(*found)->packets, (*found)->bytes}) : std::nullopt;
      },
      wall_now});
  s.publisher = std::make_unique<EventPublisher>(*s.ledger, *s.store);
  auto resolver = resolve::Resolver::create(io.get_executor(), {});
  if (auto done = keep(s.resolver, std::move(resolver)); !done) return done.error();
  FilesOfKnowledge files = load_knowledge_that_can_be(config.knowledge);
  auto knowledge = std::make_shared<detection::Knowledge>(*with_lists(files.knowledge, s.lists->roles()));
  // Accounts are known by the same numbers as before the restart.
  knowledge->seed = s.store->account_secret();
  auto pipeline = decisions::Pipeline::create(config.detector, std::move(knowledge), *s.resolver,
                                              config.policy, *s.ledger, *s.publisher);
  if (auto done = keep(s.pipeline, std::move(pipeline)); !done) return done.error();
  s.memory = std::make_unique<MemoryGuard>(*s.pipeline);
  return files;
}

Result<void> Daemon::make_inputs(Services& s, boost::asio::io_context& io, FilesOfKnowledge files) {
  const auto executor = io.get_executor();
  const config::Config& config = *s.config;
  const auto positions =
      restore_state(*s.store, config, *s.ledger, *s.pipeline, *s.history, *s.publisher, s.tables->verdicts());
  if (!positions) return positions.error();
  auto events = KernelEventService::create(executor, s.tables->maps(), *s.pipeline);
  if (auto done = keep(s.events, std::move(events)); !done) return done;
  s.logs = std::make_unique<LogService>(executor, *s.pipeline, *s.memory, *positions, config,
                                        s.protection->proxies());
  s.knowledge = std::make_unique<KnowledgeService>(
      KnowledgeService::Parts{config, *s.lists, *s.logs, *s.protection, *s.ledger, *s.pipeline},
      std::move(files));
  auto lists = ListService::create(
      executor, {config, *s.lists, s.tables->verdicts(), *s.pipeline, *s.knowledge, *s.publisher});
  if (auto done = keep(s.list_service, std::move(lists)); !done) return done;
  s.state = std::make_unique<StateKeeper>(
      executor, StateKeeper::Parts{*s.store, *s.ledger, *s.pipeline, s.tables->verdicts(), *s.logs, config,
                                   *s.publisher, *s.history});
  s.expiry = std::make_unique<ExpiryTimer>(executor, *s.ledger, *s.publisher);
  return {};
}

Result<void> Daemon::make_operators(Services& s, Surroundings& around) {
  s.log_gap = std::make_unique<LogGapMonitor>();
  s.still_served = std::make_unique<StillServedMonitor>(s.tables->maps(), *s.ledger, *s.pipeline);
  s.status = std::make_unique<StatusService>(
      around.config_path,
      StatusService::Parts{*s.config, *s.tables, *s.ledger, *s.pipeline, *s.events, *s.logs, *s.list_service,
                           *s.state, *s.resolver, *s.log_gap, *s.still_served, *s.knowledge, *s.memory});
  s.reloader = std::make_unique<Reloader>(
      around.config_path, Reloader::Parts{*s.config, *s.ledger, *s.lists, *s.list_service, *s.knowledge,
                                          *s.expiry, *s.state, *s.publisher, around.attachment});
  auto operators = OperatorService::create(
      around.io, {*s.config, *s.ledger, *s.pipeline, s.tables->verdicts(), *s.lists, *s.list_service,
                  *s.status, *s.still_served, *s.reloader, *s.state, *s.publisher});
  if (auto done = keep(s.operators, std::move(operators)); !done) return done;
  s.frames = std::make_unique<FrameFeed>(around.io.get_executor(), s.tables->maps(), *s.events,
                                         s.operators->server());
  if (s.config->metrics.listen.empty()) return {};
  return keep(s.metrics, MetricsService::create(around.io, s.config->metrics.listen, *s.operators));
}

Result<void> Daemon::make_rounds(Services& s, Surroundings& around, Nanoseconds wall_ahead) {
  kernel::FilterMaps& maps = s.tables->maps();
  s.clock = std::make_unique<ClockMonitor>(wall_ahead, *s.ledger, *s.expiry);
  s.filter = std::make_unique<FilterMonitor>(maps, around.outdated);
  s.interfaces = std::make_unique<InterfaceMonitor>(*s.config, maps, around.attachment);
  return keep(s.housekeeping,
              Housekeeping::create(around.io.get_executor(),
                                   {*s.config, maps, *s.logs, *s.memory, *s.state, *s.protection, *s.log_gap,
                                    *s.still_served, *s.clock, *s.filter, *s.interfaces}));
}

Result<std::unique_ptr<Daemon>> Daemon::create(Surroundings around, config::Config config) {
  const Nanoseconds wall_ahead = wall_ahead_of_kernel();  // before the first deadline is written
  Services s;
  s.config = std::make_unique<config::Config>(std::move(config));
  if (auto done = make_tables(s, around.io); !done) return done.error();
  auto files = make_detector(s, around.io);
  if (!files) return files.error();
  if (auto done = make_inputs(s, around.io, *std::move(files)); !done) return done.error();
  if (auto done = make_operators(s, around); !done) return done.error();
  if (auto done = make_rounds(s, around, wall_ahead); !done) return done.error();
  return std::unique_ptr<Daemon>(new Daemon(std::move(s)));
}

Daemon::Daemon(Services services) : services_(std::move(services)) {}
Daemon::~Daemon() = default;

void Daemon::stop() {
  if (std::exchange(stopped_, true)) return;
  Services& s = services_;
  // Nothing begins by itself any more.
  s.housekeeping->stop();
  s.expiry->stop();
  // Operators who wait for a list or a reload are told while their socket is open.
  s.reloader->stop();
  s.list_service->stop();
  s.lists->stop();
  s.operators->stop();
  if (s.metrics) s.metrics->stop();
  // All that was read and decided is saved before the logs, which know the places, are closed.
  s.state->stop();
  s.logs->stop();
  s.events->stop();
  s.frames->stop();
  s.resolver->cancel();  // nobody asks any more, and the loop must not wait for answers
}

void Daemon::reload(std::string_view who, const control::Operations::ReloadDone& done) {
  services_.reloader->reload(who, done);
}

std::string Daemon::summary() const {
  return summary_of(*services_.ledger, *services_.config);
}

}  // namespace sluice::app
