// SPDX-License-Identifier: Apache-2.0
// The envelopes that are a prefix of the line and no syslog: those of container engines and their tools. Used
// by envelope.h.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/intake/envelopes/envelope.h"

namespace sluice::intake {

// "2026-11-30T11:00:00.123456789Z stdout F message", as the Container Runtime Interface of Kubernetes has it;
// P in place of F says that the line goes on in the next message of the stream.
[[nodiscard]] std::optional<Message> open_cri(std::string_view line);

// "web-1  | message" of `docker compose logs` and "[pod/web-0/nginx] message" of `kubectl logs --prefix`,
// with or without colours and a stamp before the message.
[[nodiscard]] std::optional<Message> open_compose(std::string_view line);

}  // namespace sluice::intake
