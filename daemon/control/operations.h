// SPDX-License-Identifier: Apache-2.0
// What an operator can have done: implemented by app/ over the ledger, the kernel's tables and the detector,
// called by control/handler on the loop's thread. Calls are synchronous and short: the loop also reads the
// ring buffer.
#pragma once

#include <functional>
#include <string_view>

#include "daemon/control/protocol.h"

namespace sluice::control {

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
