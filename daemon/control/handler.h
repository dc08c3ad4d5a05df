// SPDX-License-Identifier: Apache-2.0
// One request of one peer in, the messages of its answer out. Used by control/server; no I/O, no clock.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/control/operations.h"
#include "daemon/control/peer.h"
#include "daemon/control/protocol.h"

namespace sluice::control {

// The answer to one request: one message, or several for a long list, made as they are asked for.
class Reply {
 public:
  enum class Then {
    next_request,  // the connection may ask again
    watch,         // events follow
    refused,       // the peer may not use the socket; close
  };

  explicit Reply(std::string message, Then then = Then::next_request)
      : message_(std::move(message)), then_(then) {}
  // Events follow, or frames, as the request says.
  Reply(std::string message, WatchRequest watch)
      : message_(std::move(message)), then_(Then::watch), watch_(watch) {}
  explicit Reply(std::vector<DecisionRow> list) : list_(std::move(list)) {}

  // An answer that is made later: `begin` has it made and hands it to its argument.
  using Deliver = std::function<void(std::string message)>;
  explicit Reply(std::function<void(Deliver)> begin) : begin_(std::move(begin)) {}

  // Whether begin() must be called for the one message there is; `deliver` may be called within it.
  [[nodiscard]] bool is_pending() const { return static_cast<bool>(begin_); }
  void begin(Deliver deliver) { std::exchange(begin_, {})(std::move(deliver)); }

  // The next message, at most kMaxMessage bytes with its newline; nothing after the last.
  [[nodiscard]] std::optional<std::string> next();
  [[nodiscard]] Then then() const { return then_; }
  [[nodiscard]] const WatchRequest& watch() const { return watch_; }

 private:
  [[nodiscard]] std::string next_of_list();

  std::function<void(Deliver)> begin_;
  std::optional<std::string> message_;
  std::optional<std::vector<DecisionRow>> list_;
  std::size_t sent_ = 0;  // rows of the list
  Then then_ = Then::next_request;
  WatchRequest watch_;
};

// `line` is one request, with or without its newline. A peer who is not admitted learns nothing else; one
// whose role does not suffice is told which would. A change that the audit log cannot take is refused.
[[nodiscard]] Reply handle(std::string_view line, const Peer& peer, const Access& access,
                           Operations& operations);

}  // namespace sluice::control
