// SPDX-License-Identifier: Apache-2.0
// What the daemon and its operators say to each other. One message is one line of JSON with the version of
// the protocol in "v". Used by control/, app/ and ctl/. The messages are in commands/, a file for each
// command; this file has the lines around them. Does no I/O.
//
//   -> {"v":1,"command":"block","addresses":["192.0.2.7"],"for_seconds":14400,"reason":"scraping"}
//   <- {"v":1,"ok":true,"result":{...}}  or  {"v":1,"ok":false,"error":"in words"}
//   <- {"v":1,"event":{...}}             after `watch` was answered with ok
//   <- {"v":1,"frame":{...}}             the same, where frames were asked for
//
// Times are RFC 3339 in UTC to the second, "never" for kForever, null where there is none.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/control/commands/all.h"
#include "daemon/control/protocol/limits.h"

namespace sluice::control {

// Daemon's side. The line may end in a newline. Everything wrong with the request is named in the error at
// once. What an answer is written with is in protocol/codec.h.
[[nodiscard]] Result<Request> parse_request(std::string_view line);
// Each with its newline.
[[nodiscard]] std::string error_message(std::string_view error);
[[nodiscard]] std::string event_message(const Event& event);
[[nodiscard]] std::string frame_message(const Frame& frame);

// "block", "list".
[[nodiscard]] std::string_view command_name(const Request& request);

// Operator's side. An answer is read with protocol/codec.h.
[[nodiscard]] std::string request_message(const Request& request);
[[nodiscard]] Result<Event> parse_event(std::string_view line);
[[nodiscard]] Result<Frame> parse_frame(std::string_view line);
// What a line to a watcher holds.
[[nodiscard]] bool is_frame_message(std::string_view line);

}  // namespace sluice::control
