// SPDX-License-Identifier: Apache-2.0
// What an operator can have done: implemented by app/ over the ledger, the kernel's tables and the detector,
// called by control/handler on the loop's thread. Calls are synchronous and short: the loop also reads the
// ring buffer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/control/protocol.h"

namespace sluice::control {

// A change as it is asked for, for the audit log.
struct Change {
  std::int64_t uid = 0;
  std::string name;
  std::string role;
  std::string command;
  std::string reason;
  std::vector<std::string> what;  // at least one; a row of the log each
};

class Operations {
 public:
  Operations() = default;
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;
  virtual ~Operations() = default;

  [[nodiscard]] virtual StatusAnswer status() = 0;

  // operator_name: whom the kernel says the peer is, "alice" or "uid 1234"; the actor is "operator NAME".
  // One result for each address of the request, in its order. In observe mode a block or throttle is refused
  // in words.
  [[nodiscard]] virtual DecideAnswer decide(const DecideRequest& request, std::string_view operator_name) = 0;
  [[nodiscard]] virtual UnblockAnswer unblock(const UnblockRequest& request,
                                              std::string_view operator_name) = 0;

  // As for `decide`, row by row.
  [[nodiscard]] virtual ImportAnswer import_decisions(const ImportRequest& request,
                                                      std::string_view operator_name) = 0;

  // The audit log. begin_change() returns when it is on the disk that the change was asked for; where it
  // fails the change must not be made. end_change() takes note of what became of it and has it and the change
  // written.
  [[nodiscard]] virtual Result<void> begin_change(const Change& change) = 0;
  virtual void end_change(const Change& change, std::string_view outcome) = 0;
  [[nodiscard]] virtual Result<AuditAnswer> audit(const AuditRequest& request) = 0;

  // The whole list, sorted by source; the handler cuts it into messages.
  [[nodiscard]] virtual ListAnswer list(const ListRequest& request) = 0;
  [[nodiscard]] virtual ExplainAnswer explain(const ExplainRequest& request) = 0;

  // The lists of the configuration, in its order.
  [[nodiscard]] virtual ListsAnswer lists() = 0;

  // Asks the sources of lists, which may take as long as the network does: `done` is called once, on the
  // loop's thread, perhaps within this call.
  using RefreshDone = std::function<void(RefreshAnswer)>;
  virtual void refresh_lists(const RefreshRequest& request, RefreshDone done) = 0;
  // One result for each address, in order.
  [[nodiscard]] virtual TestListsAnswer test_lists(const TestListsRequest& request) = 0;

  // Reads the configuration again: all of it comes into force, or nothing changes. Files may take seconds to
  // read, so that `done` is called when it is decided: once, on the loop's thread, perhaps within this call.
  using ReloadDone = std::function<void(ReloadAnswer)>;
  virtual void reload(std::string_view operator_name, ReloadDone done) = 0;
};

}  // namespace sluice::control
