// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/handler.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "daemon/control/protocol/codec.h"

namespace sluice::control {
namespace {

constexpr std::size_t kListMessage = kMaxMessage / 2;  // aimed at, so that an estimate is good enough

// At most how many bytes a row takes: a byte may be written as six (\u001f).
std::size_t largest_size(const DecisionRow& row) {
  constexpr std::size_t kRest = 500;  // names, numbers, times, the address and the action
  return kRest + 6 * (row.reason.size() + row.actor.name.size());
}

template <class Answer>
std::string message_within_limit(const Answer& answer) {
  std::string message = answer_message(answer);
  if (message.size() <= kMaxMessage) return message;
  return error_message(fmt::format("the answer has {} bytes, more than the {} of a message; ask for less",
                                   message.size(), kMaxMessage));
}

template <class Answer>
Reply reply_of(Answer answer) {
  return Reply(message_within_limit(answer));
}
Reply reply_of(ListAnswer answer) {
  return Reply(std::move(answer.decisions));
}

// What the socket answers itself.
Reply answer_by_socket(const VersionRequest& /*request*/) {
  return Reply(answer_message(VersionAnswer{SLUICE_VERSION}));
}
Reply answer_by_socket(const WatchRequest& request) {
  return Reply(answer_message(VersionAnswer{SLUICE_VERSION}), request);
}

// Carries a request out that may be: `change` has begun, or there is none.
template <class Row>
Reply carry_out(const typename Row::Request& request, const Caller& caller,
                const std::optional<Change>& change, Operations& operations) {
  if constexpr (Row::kCarriedOut == CarriedOut::by_socket) {
    return answer_by_socket(request);
  } else if constexpr (Row::kCarriedOut == CarriedOut::later) {
    return Reply([&operations, request, caller, change](Reply::Deliver deliver) {
      operations.carry_out(request, caller,
                           [&operations, change, deliver = std::move(deliver)](typename Row::Answer answer) {
                             if (change) operations.end_change(*change, Row::outcome(answer));
                             Row::shorten(answer);
                             deliver(message_within_limit(answer));
                           });
    });
  } else {
    auto answer = operations.carry_out(request, caller);
    if (change)
      operations.end_change(
          *change, answer ? Row::outcome(*answer) : fmt::format("failed: {}", answer.error().message()));
    if (!answer) return Reply(error_message(answer.error().message()));
    Row::shorten(*answer);
    return reply_of(*std::move(answer));
  }
}

template <class Row>
std::optional<Change> change_of(const typename Row::Request& request, const Peer& peer, Role role) {
  std::optional<AuditEntry> entry = Row::audit_entry(request);
  if (!entry) return std::nullopt;
  return Change{peer.uid,
                peer.name,
                std::string(to_text(role)),
                std::string(audit_name<Row>(request)),
                std::move(entry->reason),
                std::move(entry->what),
                undoes<Row>(request)};
}

template <class Row>
Reply handle_request(const typename Row::Request& request, const Peer& peer, const Access& access,
                     Operations& operations) {
  const Role role = access.role_of(peer);
  const Role needed = role_of<Row>(request);
  if (role < needed) return Reply(error_message(access.refusal(peer, in_words<Row>(request), needed)));
  const std::optional<Change> change = change_of<Row>(request, peer, role);
  if (change) {
    if (auto begun = operations.begin_change(*change); !begun) {
      return Reply(error_message(
          begun.error()
              .in("refused, for nobody could tell later who did it; unblock and allow work all the same: the "
                  "audit log cannot be written")
              .message()));
    }
  }
  return carry_out<Row>(request, {peer.name, role}, change, operations);
}

}  // namespace

std::optional<std::string> Reply::next() {
  if (message_) return std::exchange(message_, std::nullopt);
  if (list_) return next_of_list();
  return std::nullopt;
}

std::string Reply::next_of_list() {
  ListAnswer page;
  std::size_t bytes = 0;
  while (sent_ < list_->size() && (page.decisions.empty() || bytes < kListMessage)) {
    page.decisions.push_back(std::move((*list_)[sent_++]));
    bytes += largest_size(page.decisions.back());
  }
  page.more = sent_ < list_->size();
  if (!page.more) list_.reset();
  return answer_message(page);
}

Reply handle(std::string_view line, const Peer& peer, const Access& access, Operations& operations) {
  if (!access.admits(peer)) return Reply(error_message(access.refusal(peer)), Reply::Then::refused);
  const auto request = parse_request(line);
  if (!request) return Reply(error_message(request.error().message()));
  return std::visit(
      [&]<class RequestType>(const RequestType& fields) {
        return handle_request<CommandOf<RequestType>>(fields, peer, access, operations);
      },
      *request);
}

}  // namespace sluice::control
