// SPDX-License-Identifier: Apache-2.0
// Which role each request needs, and which of them are changes that the audit log has. Used by
// control/handler.
#pragma once

#include <optional>

#include "daemon/control/operations.h"
#include "daemon/control/peer.h"
#include "daemon/control/protocol.h"

namespace sluice::control {

// A request that nothing is said of needs a policy owner.
[[nodiscard]] Role required_role(const Request& request);

// Whether it would allow something without end.
[[nodiscard]] bool allows_without_end(const Request& request);

// Nothing for a request that changes nothing and reveals no packets.
[[nodiscard]] std::optional<Change> change_of(const Request& request, const Peer& peer, Role role);

// What became of it, in a few words.
[[nodiscard]] std::string outcome_of(const DecideAnswer& answer);
[[nodiscard]] std::string outcome_of(const UnblockAnswer& answer);
[[nodiscard]] std::string outcome_of(const ImportAnswer& answer);
[[nodiscard]] std::string outcome_of(const RefreshAnswer& answer);
[[nodiscard]] std::string outcome_of(const ReloadAnswer& answer);

}  // namespace sluice::control
