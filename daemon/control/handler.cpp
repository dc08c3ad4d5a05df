// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/handler.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "daemon/control/authority.h"

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

// "block"; what of a command needs more than the rest of it is said.
std::string wording(std::string_view command, const Request& request) {
  if (!allows_without_end(request)) return std::string(command);
  return fmt::format("{} without end", command == "import" ? "to import an allow" : "allow");
}

struct Carrier {
  Operations& operations;
  const Peer& peer;
  const std::optional<Change>& change;  // begun; none where nothing is changed

  template <class Answer>
  Reply changed(const Answer& answer) const {
    if (change) operations.end_change(*change, outcome_of(answer));
    return reply(answer);
  }

  Reply operator()(const StatusRequest&) const { return reply(operations.status()); }
  Reply operator()(const DecideRequest& request) const {
    return changed(operations.decide(request, peer.name));
  }
  Reply operator()(const UnblockRequest& request) const {
    return changed(operations.unblock(request, peer.name));
  }
  Reply operator()(const ImportRequest& request) const {
    return changed(operations.import_decisions(request, peer.name));
  }
  Reply operator()(const ListRequest& request) const { return Reply(operations.list(request).decisions); }
  Reply operator()(const ExplainRequest& request) const { return reply(operations.explain(request)); }
  Reply operator()(const ListsRequest&) const { return reply(operations.lists()); }
  Reply operator()(const TestListsRequest& request) const { return reply(operations.test_lists(request)); }
  Reply operator()(const RefreshRequest& request) const {
    return Reply([&to = operations, request, asked = change](Reply::Deliver deliver) {
      to.refresh_lists(request, [&to, asked, deliver = std::move(deliver)](const RefreshAnswer& answer) {
        if (asked) to.end_change(*asked, outcome_of(answer));
        deliver(*reply(answer).next());
      });
    });
  }
  Reply operator()(const AuditRequest& request) const {
    const auto answer = operations.audit(request);
    return answer ? reply(*answer) : Reply(error_message(answer.error().message()));
  }
  Reply operator()(const ReloadRequest&) const {
    return Reply([&to = operations, name = peer.name, asked = change](Reply::Deliver deliver) {
      to.reload(name, [&to, asked, deliver = std::move(deliver)](ReloadAnswer answer) {
        if (asked) to.end_change(*asked, outcome_of(answer));
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
  const Role role = access.role_of(peer);
  if (role == Role::none) return Reply(error_message(access.refusal(peer)), Reply::Then::refused);
  auto request = parse_request(line);
  if (!request) return Reply(error_message(request.error().message()));
  const Role needed = required_role(*request);
  const std::optional<Change> change = change_of(*request, peer, role);
  if (role < needed) {
    const std::string_view what = change ? std::string_view(change->command) : command_name(*request);
    return Reply(error_message(access.refusal(peer, wording(what, *request), needed)));
  }
  if (change) {
    if (auto begun = operations.begin_change(*change); !begun) {
      return Reply(error_message(
          begun.error()
              .in("refused, for nobody could tell later who did it: the audit log cannot be written")
              .message()));
    }
  }
  return std::visit(Carrier{operations, peer, change}, *request);
}

}  // namespace sluice::control
