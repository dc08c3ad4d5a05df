// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/handler.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace sluice::control {
namespace {

constexpr std::size_t kListMessage = kMaxMessage / 2;  // aimed at, so that an estimate is good enough
constexpr std::size_t kMaxFaults = 200;                // of a reload: more of them are one mistake

// At most how many bytes a row takes: a byte may be written as six (\u001f).
std::size_t largest_size(const DecisionRow& row) {
  constexpr std::size_t kNamesAndNumbers = 400;
  return kNamesAndNumbers +
         6 * (row.source.size() + row.action.size() + row.reason.size() + row.actor.size());
}

template <class Answer>
Reply reply(const Answer& answer) {
  std::string message = answer_message(answer);
  if (message.size() <= kMaxMessage) return Reply(std::move(message));
  return Reply(error_message(fmt::format(
      "the answer has {} bytes, more than the {} of a message; ask for less", message.size(), kMaxMessage)));
}

std::string message_of(ReloadAnswer answer) {
  if (answer.faults.size() > kMaxFaults) {
    const std::size_t more = answer.faults.size() - kMaxFaults;
    answer.faults.resize(kMaxFaults);
    answer.faults.push_back(fmt::format("and {} more", more));
  }
  return *reply(answer).next();
}

struct Carrier {
  Operations& operations;
  const Peer& peer;

  Reply operator()(const StatusRequest&) const { return reply(operations.status()); }
  Reply operator()(const DecideRequest& request) const {
    return reply(operations.decide(request, peer.name));
  }
  Reply operator()(const UnblockRequest& request) const {
    return reply(operations.unblock(request, peer.name));
  }
  Reply operator()(const ListRequest& request) const { return Reply(operations.list(request).decisions); }
  Reply operator()(const ExplainRequest& request) const { return reply(operations.explain(request)); }
  Reply operator()(const ListsRequest&) const { return reply(operations.lists()); }
  Reply operator()(const TestListsRequest& request) const { return reply(operations.test_lists(request)); }
  Reply operator()(const RefreshRequest& request) const {
    return Reply([&to = operations, request](Reply::Deliver deliver) {
      to.refresh_lists(request, [deliver = std::move(deliver)](const RefreshAnswer& answer) {
        deliver(*reply(answer).next());
      });
    });
  }
  Reply operator()(const ReloadRequest&) const {
    return Reply([&to = operations, name = peer.name](Reply::Deliver deliver) {
      to.reload(name, [deliver = std::move(deliver)](ReloadAnswer answer) {
        deliver(message_of(std::move(answer)));
      });
    });
  }
  Reply operator()(const VersionRequest&) const { return reply(VersionAnswer{SLUICE_VERSION}); }
  Reply operator()(const WatchRequest& request) const {
    return Reply(answer_message(VersionAnswer{SLUICE_VERSION}), request);
  }
};

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
  auto request = parse_request(line);
  if (!request) return Reply(error_message(request.error().message()));
  return std::visit(Carrier{operations, peer}, *request);
}

}  // namespace sluice::control
