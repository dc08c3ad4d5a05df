// SPDX-License-Identifier: Apache-2.0
// Takes off what syslog puts before a message, in the forms of RFC 3164 and RFC 5424, in a datagram and in a
// file. Used by sources/log_socket.h and by envelope.h.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/intake/envelopes/envelope.h"

namespace sluice::intake {

// The message alone. A text that does not begin with a priority in angle brackets is a message already.
[[nodiscard]] std::string_view strip_syslog(std::string_view datagram);

// The message of a line as a syslog daemon writes it to a file, or journalctl in its short forms: a stamp, a
// host and a tag, with the priority before them or without it. Nothing where the line begins with none of
// these stamps.
[[nodiscard]] std::optional<Message> open_syslog(std::string_view line);

}  // namespace sluice::intake
