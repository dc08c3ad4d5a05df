// SPDX-License-Identifier: Apache-2.0
// What operators can have done: serves their socket, and does what they ask over the ledger, the lists and
// the stored state. Refuses what would lock people out. Owned by Daemon; control/ calls it on the loop's
// thread. An operator who misbehaves loses the connection; nothing of it ends the daemon.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "daemon/app/health/status_service.h"
#include "daemon/app/health/still_served_monitor.h"
#include "daemon/app/lists/list_service.h"
#include "daemon/app/lists/list_set.h"
#include "daemon/app/operators/event_publisher.h"
#include "daemon/app/run/reloader.h"
#include "daemon/app/run/state_keeper.h"
#include "daemon/config/config.h"
#include "daemon/control/operations.h"
#include "daemon/control/server.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/kernel/maps/verdict_table.h"

namespace sluice::app {

class OperatorService final : public control::Operations {
 public:
  struct Parts {
    const config::Config& config;  // the one in force, also after a reload
    decisions::Ledger& ledger;
    decisions::Pipeline& pipeline;
    const kernel::VerdictTable& verdicts;
    const ListSet& lists;
    ListService& list_service;
    StatusService& status;
    const StillServedMonitor& still_served;
    Reloader& reloader;
    StateKeeper& state;
    EventPublisher& publisher;
  };
  // The socket answers when the loop runs. The parts must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<OperatorService>> create(boost::asio::io_context& io,
                                                                       Parts parts);

  // Accepts nothing more; watchers hear of nothing after this.
  void stop();

  [[nodiscard]] control::Server& server() { return *server_; }

  [[nodiscard]] Result<control::StatusAnswer> carry_out(const control::StatusRequest& /*request*/,
                                                        const control::Caller& /*caller*/) override {
    return parts_.status.status(server_->status());
  }
  [[nodiscard]] Result<control::ListsAnswer> carry_out(const control::ListsRequest& /*request*/,
                                                       const control::Caller& /*caller*/) override {
    return parts_.list_service.status();
  }
  void carry_out(const control::RefreshRequest& request, const control::Caller& /*caller*/,
                 RefreshDone done) override {
    parts_.list_service.refresh(request, std::move(done));
  }
  void carry_out(const control::ReloadRequest& /*request*/, const control::Caller& caller,
                 ReloadDone done) override {
    parts_.reloader.reload(caller.name, done);
  }
  [[nodiscard]] Result<control::TestListsAnswer> carry_out(const control::TestListsRequest& request,
                                                           const control::Caller& caller) override;
  [[nodiscard]] Result<control::DecideAnswer> carry_out(const control::DecideRequest& request,
                                                        const control::Caller& caller) override;
  [[nodiscard]] Result<control::UnblockAnswer> carry_out(const control::UnblockRequest& request,
                                                         const control::Caller& caller) override;
  [[nodiscard]] Result<control::PardonAnswer> carry_out(const control::PardonRequest& request,
                                                        const control::Caller& caller) override;
  [[nodiscard]] Result<control::ImportAnswer> carry_out(const control::ImportRequest& request,
                                                        const control::Caller& caller) override;
  [[nodiscard]] Result<control::AuditAnswer> carry_out(const control::AuditRequest& request,
                                                       const control::Caller& caller) override;
  [[nodiscard]] Result<control::ListAnswer> carry_out(const control::ListRequest& request,
                                                      const control::Caller& caller) override;
  [[nodiscard]] Result<control::HistoryAnswer> carry_out(const control::HistoryRequest& request,
                                                         const control::Caller& caller) override;
  [[nodiscard]] Result<control::ExplainAnswer> carry_out(const control::ExplainRequest& request,
                                                         const control::Caller& caller) override;

  [[nodiscard]] Result<void> begin_change(const control::Change& change) override;
  void end_change(const control::Change& change, std::string_view outcome) override;

 private:
  explicit OperatorService(Parts parts) : parts_(parts) {}
  [[nodiscard]] control::AddressResult decide_one(const control::DecideRequest& request, const Prefix& source,
                                                  const control::Caller& caller);
  [[nodiscard]] decisions::Decision decision_of(const control::DecideRequest& request, const Prefix& source,
                                                const control::Caller& caller, WallTime now) const;
  // Why a denial must not be, in words; empty where nothing speaks against it.
  [[nodiscard]] std::string objection(const control::OrEmpty<Address>& connected_from,
                                      const Prefix& source) const;
  [[nodiscard]] Prefix source_of(const control::WrittenPrefix& written) const;
  [[nodiscard]] control::DecisionRow row_of(const decisions::Decision& decision) const;

  Parts parts_;
  std::unique_ptr<control::Server> server_;
  EventPublisher::Subscription events_;  // for the watchers
};

}  // namespace sluice::app
