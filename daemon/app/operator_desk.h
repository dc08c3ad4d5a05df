// SPDX-License-Identifier: Apache-2.0
// What operators can have done, over the ledger and the detector. Refuses what would lock people out. Owned
// by Daemon; called by control/ on the loop's thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/app/list_set.h"
#include "daemon/base/audit_record.h"
#include "daemon/config/config.h"
#include "daemon/control/operations.h"
#include "daemon/kernel/verdict_table.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/store/state_store.h"

namespace sluice::app {

class OperatorDesk final : public control::Operations {
 public:
  struct Parts {
    const config::Config& config;  // the one in force, also after a reload
    decisions::Ledger& ledger;
    const decisions::Pipeline& pipeline;
    const kernel::VerdictTable& verdicts;
    std::function<control::StatusAnswer()> status;
    std::function<void(std::string_view who, const ReloadDone& done)> reload;
    const ListSet& lists;
    std::function<control::ListsAnswer()> lists_status;
    std::function<void(const control::RefreshRequest& request, RefreshDone done)> refresh_lists;
    std::function<void()> changed;  // after the ledger was changed
    store::StateStore& store;
    std::function<Result<void>(std::vector<AuditRecord>)> record;  // on the disk when it returns
    std::function<void(AuditRecord)> record_later;                 // with the next changed()
  };
  explicit OperatorDesk(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] Result<control::StatusAnswer> carry_out(const control::StatusRequest& /*request*/,
                                                        std::string_view /*who*/) override {
    return parts_.status();
  }
  [[nodiscard]] Result<control::ListsAnswer> carry_out(const control::ListsRequest& /*request*/,
                                                       std::string_view /*who*/) override {
    return parts_.lists_status();
  }
  void carry_out(const control::RefreshRequest& request, std::string_view /*who*/,
                 RefreshDone done) override {
    parts_.refresh_lists(request, std::move(done));
  }
  void carry_out(const control::ReloadRequest& /*request*/, std::string_view who, ReloadDone done) override {
    parts_.reload(who, done);
  }
  [[nodiscard]] Result<control::TestListsAnswer> carry_out(const control::TestListsRequest& request,
                                                           std::string_view who) override;
  [[nodiscard]] Result<control::DecideAnswer> carry_out(const control::DecideRequest& request,
                                                        std::string_view who) override;
  [[nodiscard]] Result<control::UnblockAnswer> carry_out(const control::UnblockRequest& request,
                                                         std::string_view who) override;
  [[nodiscard]] Result<control::ImportAnswer> carry_out(const control::ImportRequest& request,
                                                        std::string_view who) override;
  [[nodiscard]] Result<control::AuditAnswer> carry_out(const control::AuditRequest& request,
                                                       std::string_view who) override;
  [[nodiscard]] Result<control::ListAnswer> carry_out(const control::ListRequest& request,
                                                      std::string_view who) override;
  [[nodiscard]] Result<control::ExplainAnswer> carry_out(const control::ExplainRequest& request,
                                                         std::string_view who) override;

  [[nodiscard]] Result<void> begin_change(const control::Change& change) override;
  void end_change(const control::Change& change, std::string_view outcome) override;

 private:
  [[nodiscard]] control::AddressResult decide_one(const control::DecideRequest& request, const Prefix& source,
                                                  std::string_view who);
  // Why a denial must not be, in words; empty where nothing speaks against it.
  [[nodiscard]] std::string objection(const control::OrEmpty<Address>& connected_from,
                                      const Prefix& source) const;
  [[nodiscard]] Prefix source_of(const control::WrittenPrefix& written) const;
  [[nodiscard]] control::DecisionRow row_of(const decisions::Decision& decision) const;

  Parts parts_;
};

}  // namespace sluice::app
