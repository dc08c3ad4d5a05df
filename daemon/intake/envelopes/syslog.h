// SPDX-License-Identifier: Apache-2.0
// Takes off what syslog puts before a message, in the forms of RFC 3164 and RFC 5424. Used by
// sources/log_socket.h.
#pragma once

#include <string_view>

namespace sluice::intake {

// The message alone. A text that does not begin with a priority in angle brackets is a message already.
[[nodiscard]] std::string_view strip_syslog(std::string_view datagram);

}  // namespace sluice::intake
