// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/ending.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/app/operators/explanation.h"
#include "daemon/app/operators/wire_types.h"

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::Decision;
using decisions::Ending;
using decisions::Ledger;

constexpr std::size_t kShown = 100;  // results of a request that names no address

std::string what_ended(const Decision& decision) {
  return fmt::format("{} by {}", decisions::to_string(decision.action), to_string(decision.actor));
}

class Ends {
 public:
  Ends(Ledger& ledger, const control::UnblockRequest& request, const control::Caller& caller, Ending ending)
      : ledger_(ledger),
        request_(request),
        caller_(caller),
        slot_(request.ends == control::Ends::allows ? Ledger::Slot::allow : Ledger::Slot::denial),
        name_(control::operator_name(caller.name, request.via)),
        how_(ending, decisions::Actor{decisions::ActorKind::operator_, name_}, request.reason) {}

  [[nodiscard]] bool takes(const Decision& decision) const {
    if (!request_.via.empty() && decision.actor != decisions::Actor{decisions::ActorKind::operator_, name_})
      return false;
    return request_.by.kind == control::ActorKind::unset || request_.by.covers(to_wire(decision.actor));
  }

  // Ends what stands for exactly this source.
  std::vector<Decision> end(const Prefix& source) {
    return ledger_.withdraw(source, slot_, how_, [this](const Decision& decision) {
      return takes(decision) && !is_policy(decision);
    });
  }

  [[nodiscard]] control::UnblockResult one(const Prefix& source) {
    control::UnblockResult result;
    result.address = source;
    for (const Decision& ended : end(source))
      result.ended.push_back(what_ended(ended));
    if (request_.all) end_around(source, result);
    note_what_is_left(source, result);
    return result;
  }

  // The sources of all decisions that the request takes.
  [[nodiscard]] std::vector<Prefix> sources() const {
    std::set<Prefix> sources;
    for (const Decision* decision : ledger_.all()) {
      const bool is_allow = decision->action == Action::allow;
      if (is_allow == (slot_ == Ledger::Slot::allow) && takes(*decision)) sources.insert(decision->source);
    }
    return {sources.begin(), sources.end()};
  }

 private:
  [[nodiscard]] bool is_policy(const Decision& decision) const {
    return decision.action == Action::allow && decision.until == kForever &&
           caller_.role < control::Role::policy_owner;
  }

  void end_around(const Prefix& source, control::UnblockResult& result) {
    for (const Prefix& other : sources()) {
      if (other == source || !other.overlaps(source)) continue;
      for (const Decision& ended : end(other))
        result.ended.push_back(fmt::format("{} of {}", what_ended(ended), other.to_string()));
    }
  }

  void note_what_is_left(const Prefix& source, control::UnblockResult& result) const {
    for (const Decision* other : ledger_.covering(source)) {
      if (other->action != Action::allow) result.still_covered.push_back(describe(*other));
    }
    const Decision* allow = ledger_.find(source, Ledger::Slot::allow);
    if (allow == nullptr) {
      if (result.ended.empty()) result.note = "nothing stood for exactly this";
    } else if (slot_ == Ledger::Slot::denial) {
      result.note = fmt::format("it is allowed by {}: {}", to_string(allow->actor), allow->reason);
    } else if (is_policy(*allow) && takes(*allow)) {
      result.note = "an allow without end is a policy owner's to end";
    } else {
      result.note = fmt::format("the allow by {} stays: {}", to_string(allow->actor), allow->reason);
    }
  }

  Ledger& ledger_;
  const control::UnblockRequest& request_;
  const control::Caller& caller_;
  Ledger::Slot slot_;
  std::string name_;  // of the caller as an actor
  decisions::End how_;
};

}  // namespace

control::UnblockAnswer end_decisions(decisions::Ledger& ledger, const control::UnblockRequest& request,
                                     const control::Caller& caller,
                                     const std::function<Prefix(const control::WrittenPrefix&)>& source_of,
                                     Ending ending) {
  control::UnblockAnswer answer;
  Ends ends(ledger, request, caller, ending);
  for (const control::WrittenPrefix& address : request.addresses) {
    answer.results.push_back(ends.one(source_of(address)));
    answer.ended += answer.results.back().ended.size();
  }
  if (!request.addresses.empty()) return answer;
  for (const Prefix& source : ends.sources()) {
    control::UnblockResult result;
    result.address = source;
    for (const Decision& ended : ends.end(source))
      result.ended.push_back(what_ended(ended));
    answer.ended += result.ended.size();
    if (answer.results.size() < kShown) answer.results.push_back(std::move(result));
  }
  return answer;
}

}  // namespace sluice::app
