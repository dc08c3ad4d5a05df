// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/ledger.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace sluice::decisions {
namespace {

const Actor kProtector{ActorKind::list, "protected"};

std::size_t family_index(const Prefix& source) {
  return source.family() == Family::ipv4 ? 0 : 1;
}

bool is_by_operator(const Decision& decision) {
  return decision.actor.kind == ActorKind::operator_;
}

// A decision of an operator is replaced only by an operator. Any other decision stays if the new one is
// milder or shorter, unless the new one can be armed and the former cannot.
bool stands_against(const Decision& former, const Decision& decision) {
  const bool can_be_armed = former.forwarded && !decision.forwarded;
  const bool weaker = decision.action < former.action ||
                      (decision.action == former.action && decision.until <= former.until && !can_be_armed);
  return former.actor == kProtector || (!is_by_operator(decision) && (is_by_operator(former) || weaker));
}

Admission kept(const Decision& former) {
  return {Admission::Outcome::kept, fmt::format("the {} by {} until {} stands", to_string(former.action),
                                                to_string(former.actor), format_time(former.until))};
}

}  // namespace

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::expired:
      return "expired";
    case Ending::withdrawn:
      return "withdrawn";
    case Ending::replaced:
      return "replaced";
  }
  return "";
}

Result<void> Ledger::objection(const Decision& decision, WallTime now) const {
  if (decision.until <= now) {
    return Error(
        fmt::format("{}: its end, {}, is past", decision.source.to_string(), format_time(decision.until)));
  }
  if (slot_of(decision) == Slot::allow) return {};
  const Protected* shield = protected_by(decision.source);
  if (shield == nullptr) return {};
  return Error(fmt::format("{} is not to be blocked: it {} {} ({})", decision.source.to_string(),
                           decision.source.contains(shield->network) ? "covers" : "lies in",
                           shield->network.to_string(), shield->what));
}

Result<void> Ledger::room_for(const Decision& decision) const {
  const bool is_allow = slot_of(decision) == Slot::allow;
  const std::size_t held = size(slot_of(decision));
  if (held < (is_allow ? limits_.allows : limits_.denials)) return {};
  return Error(fmt::format("{}: the ledger is full, it holds {} {}", decision.source.to_string(), held,
                           is_allow ? "allows" : "denials"));
}

Result<void> Ledger::room_beside_reserve(const Decision& decision) const {
  if (slot_of(decision) == Slot::allow || decision.actor.kind == ActorKind::detector) return {};
  const std::size_t reserve = limits_.reserve();
  const std::size_t most = limits_.denials / 2 - reserve;
  if (reserve == 0 || denials_[family_index(decision.source)] < most) return {};
  return Error(fmt::format(
      "{}: {} denials of {} addresses are in force; the last {} places are the detector's. A list ([[list]]) holds "
      "millions",
      decision.source.to_string(), denials_[family_index(decision.source)],
      decision.source.family() == Family::ipv4 ? "IPv4" : "IPv6", reserve));
}

Result<Admission> Ledger::would_admit(const Decision& decision, WallTime now) const {
  if (auto done = objection(decision, now); !done) return done.error();
  if (const Decision* former = find(decision.source, slot_of(decision))) {
    return stands_against(*former, decision) ? kept(*former)
                                             : admission(Admission::Outcome::replaced, decision);
  }
  if (auto done = room_for(decision); !done) return done.error();
  if (auto done = room_beside_reserve(decision); !done) return done.error();
  return admission(Admission::Outcome::added, decision);
}

Result<Admission> Ledger::admit(Decision decision, WallTime now) {
  if (auto done = objection(decision, now); !done) return done.error();
  if (find(decision.source, slot_of(decision)) == nullptr) {
    if (auto done = room_beside_reserve(decision); !done) {
      ++refused_full_;
      return done.error();
    }
  }
  return restore(std::move(decision), now);
}

Result<Admission> Ledger::restore(Decision decision, WallTime now) {
  if (auto done = objection(decision, now); !done) return done.error();
  const Slot slot = slot_of(decision);
  Decisions& decisions = slots_[index(slot)];
  const auto before = decisions.find(decision.source);
  if (before != decisions.end()) return replace(before, std::move(decision));

  if (auto done = room_for(decision); !done) {
    ++refused_full_;
    return done.error();
  }
  if (auto applied = apply(decision); !applied) {
    ++refused_by_sink_;
    return applied.error();
  }
  deadlines_.insert({decision.until, {decision.source, slot}});
  count(decision, +1);
  const auto at = decisions.emplace(decision.source, std::move(decision)).first;
  return admission(Admission::Outcome::added, at->second);
}

Result<Admission> Ledger::replace(Decisions::iterator at, Decision decision) {
  const Decision& former = at->second;
  if (stands_against(former, decision)) return kept(former);
  if (auto applied = apply(decision); !applied) {
    ++refused_by_sink_;
    return applied.error();
  }
  for (DecisionSink* sink : sinks_)
    sink->withdraw(former, Ending::replaced);
  const Slot slot = slot_of(decision);
  deadlines_.erase({former.until, {former.source, slot}});
  deadlines_.insert({decision.until, {decision.source, slot}});
  at->second = std::move(decision);
  return admission(Admission::Outcome::replaced, at->second);
}

Admission Ledger::admission(Admission::Outcome outcome, const Decision& decision) const {
  const Decision* allow = decision.action == Action::allow ? nullptr : allow_over(decision.source);
  if (allow == nullptr) return {outcome, {}};
  return {Admission::Outcome::overruled,
          fmt::format("without effect while {} is allowed by {} until {}", allow->source.to_string(),
                      to_string(allow->actor), format_time(allow->until))};
}

Result<void> Ledger::apply(const Decision& decision) {
  const bool is_armed = armed(decision);
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    auto applied = sinks_[i]->apply(decision, is_armed);
    if (applied) continue;
    // The sinks before it undo the decision. If it would have replaced another, they apply that one again.
    const Decisions& decisions = slots_[index(slot_of(decision))];
    const auto former = decisions.find(decision.source);
    for (std::size_t undo = 0; undo < i; ++undo) {
      sinks_[undo]->withdraw(decision, Ending::withdrawn);
      if (former != decisions.end()) (void)sinks_[undo]->apply(former->second, armed(former->second));
    }
    return applied.error();
  }
  return {};
}

void Ledger::end(Slot slot, Decisions::iterator at, Ending ending) {
  const Decision ended = std::move(at->second);
  deadlines_.erase({ended.until, {ended.source, slot}});
  slots_[index(slot)].erase(at);
  count(ended, -1);
  for (DecisionSink* sink : sinks_)
    sink->withdraw(ended, ending);
}

std::vector<Decision> Ledger::withdraw(const Prefix& source, std::optional<Slot> slot, Ending ending) {
  std::vector<Decision> ended;
  for (const Slot each : {Slot::denial, Slot::allow}) {
    if (slot && *slot != each) continue;
    const auto at = slots_[index(each)].find(source);
    if (at == slots_[index(each)].end() || at->second.actor == kProtector) continue;
    ended.push_back(at->second);
    end(each, at, ending);
  }
  return ended;
}

std::size_t Ledger::expire(WallTime now) {
  std::size_t count = 0;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto [source, slot] = deadlines_.begin()->second;
    end(slot, slots_[index(slot)].find(source), Ending::expired);
    ++count;
  }
  return count;
}

std::optional<WallTime> Ledger::next_deadline() const {
  if (deadlines_.empty() || deadlines_.begin()->first == kForever) return std::nullopt;
  return deadlines_.begin()->first;
}

Result<void> Ledger::protect(std::vector<Protected> networks, WallTime now) {
  if (networks == protected_ && without_allow_ == 0)
    return {};  // as nearly always when the host is looked at
  Decisions& allows = slots_[index(Slot::allow)];
  const std::vector<Protected> former = std::move(protected_);
  const std::size_t former_without = std::exchange(without_allow_, 0);
  index_protected(std::move(networks));
  for (const Protected& shield : former) {
    const auto at = allows.find(shield.network);
    if (at != allows.end() && at->second.actor == kProtector && !protected_at_.contains(shield.network))
      end(Slot::allow, at, Ending::withdrawn);
  }
  Result<void> outcome;
  bool is_new = false;
  for (const Protected& shield : protected_) {
    const auto at = allows.find(shield.network);
    if (at != allows.end() && at->second.actor == kProtector) continue;
    if (at != allows.end()) end(Slot::allow, at, Ending::withdrawn);  // an operator's, which lasts no longer
    is_new = true;
    if (auto allowed = allow_protected(shield, now); !allowed) {
      ++without_allow_;
      if (outcome) outcome = allowed.error().in(shield.what);
    }
  }
  // A network that is tried again is not counted again.
  refused_full_ += without_allow_ > former_without ? without_allow_ - former_without : 0;
  if (is_new) withdraw_protected();
  if (without_allow_ <= 1) return outcome;
  return outcome.error().in(fmt::format("{} protected networks have no allow", without_allow_));
}

void Ledger::index_protected(std::vector<Protected> networks) {
  protected_ = std::move(networks);
  protected_at_.clear();
  protected_lengths_.clear();
  for (std::size_t i = 0; i < protected_.size(); ++i) {
    const Prefix& network = protected_[i].network;
    protected_at_.emplace(network, i);  // the first of the same network
    protected_lengths_.emplace(network.family(), network.length());
  }
}

Result<void> Ledger::allow_protected(const Protected& shield, WallTime now) {
  Decision allow;
  allow.source = shield.network;
  allow.action = Action::allow;
  allow.since = now;
  allow.until = kForever;
  allow.reason = shield.what;
  allow.actor = kProtector;
  const std::size_t held = allows_[family_index(shield.network)];
  if (shield.is_of_list && held + limits_.reserved_allows() >= limits_.allows / 2) {
    return Error(
        fmt::format("{}: {} allows of its family are in force; lists leave the last {} places to operators",
                    shield.network.to_string(), held, limits_.reserved_allows()));
  }
  const auto counts = std::pair(refused_full_, refused_by_sink_);
  const auto admitted = admit(std::move(allow), now);
  if (admitted) return {};
  std::tie(refused_full_, refused_by_sink_) = counts;
  return admitted.error();
}

void Ledger::withdraw_protected() {
  std::vector<Prefix> hit;
  for (const auto& [source, denial] : slots_[index(Slot::denial)]) {
    if (protected_by(source) != nullptr) hit.push_back(source);
  }
  for (const Prefix& source : hit) {
    end(Slot::denial, slots_[index(Slot::denial)].find(source), Ending::withdrawn);
  }
}

const Ledger::Protected* Ledger::protected_by(const Prefix& source) const {
  std::size_t first = protected_.size();
  for (const auto& [family, length] : protected_lengths_) {
    if (family != source.family() || length > source.length()) continue;
    const auto around = protected_at_.find(Prefix(source.address(), length));
    if (around != protected_at_.end()) first = std::min(first, around->second);
  }
  // Prefixes are ordered by their address: those inside the source follow it.
  for (auto inside = protected_at_.lower_bound(source);
       inside != protected_at_.end() && source.contains(inside->first); ++inside)
    first = std::min(first, inside->second);
  return first == protected_.size() ? nullptr : &protected_[first];
}

Result<void> Ledger::set_mode(Mode mode) {
  if (mode == mode_) return {};
  mode_ = mode;
  Result<void> outcome;
  std::vector<Prefix> refused;
  for (const auto& [source, denial] : slots_[index(Slot::denial)]) {
    auto applied = apply(denial);
    if (applied) continue;
    if (outcome) outcome = applied.error();
    refused.push_back(source);
  }
  // A decision that is not in the kernel must not stay in the ledger.
  refused_by_sink_ += refused.size();
  for (const Prefix& source : refused)
    end(Slot::denial, slots_[index(Slot::denial)].find(source), Ending::withdrawn);
  if (outcome) return {};
  return outcome.error().in(fmt::format("{} decisions could not be armed and are ended", refused.size()));
}

const Decision* Ledger::find(const Prefix& source, Slot slot) const {
  const Decisions& decisions = slots_[index(slot)];
  const auto at = decisions.find(source);
  return at == decisions.end() ? nullptr : &at->second;
}

const Decision* Ledger::allow_over(const Prefix& source) const {
  const auto all = covering(source);
  return !all.empty() && all.front()->action == Action::allow ? all.front() : nullptr;
}

std::vector<const Decision*> Ledger::covering(const Prefix& source) const {
  std::vector<const Decision*> found;
  for (const auto& [family_and_length, count] : lengths_) {
    const auto [family, length] = family_and_length;
    if (family != source.family() || length > source.length()) continue;
    const Prefix wider(source.address(), length);
    for (const Slot slot : {Slot::allow, Slot::denial}) {
      if (const Decision* decision = find(wider, slot)) found.push_back(decision);
    }
  }
  const auto rank = [](const Decision* decision) {
    return std::tuple(decision->action != Action::allow, -static_cast<int>(decision->action),
                      -static_cast<int>(decision->source.length()));
  };
  std::ranges::sort(found, {}, rank);
  return found;
}

std::vector<const Decision*> Ledger::all() const {
  std::vector<const Decision*> decisions;
  decisions.reserve(slots_[0].size() + slots_[1].size());
  for (const Decisions& slot : slots_) {
    for (const auto& [source, decision] : slot)
      decisions.push_back(&decision);
  }
  std::ranges::sort(decisions, [](const Decision* a, const Decision* b) {
    return std::tie(a->source, a->action) < std::tie(b->source, b->action);
  });
  return decisions;
}

void Ledger::count(const Decision& decision, int change) {
  const Prefix& source = decision.source;
  (slot_of(decision) == Slot::denial ? denials_ : allows_)[family_index(source)] +=
      static_cast<std::size_t>(change);
  const auto key = std::pair(source.family(), source.length());
  auto& count = lengths_[key];
  count += static_cast<std::size_t>(change);
  if (count == 0) lengths_.erase(key);
}

}  // namespace sluice::decisions
