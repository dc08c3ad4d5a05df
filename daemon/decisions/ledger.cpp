// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/ledger.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace sluice::decisions {
namespace {

const Actor kProtector{ActorKind::list, "protected"};

std::size_t family_index(Family family) {
  return family == Family::ipv4 ? 0 : 1;
}
std::size_t family_index(const Prefix& source) {
  return family_index(source.family());
}
std::string_view in_words(Family family) {
  return family == Family::ipv4 ? "IPv4" : "IPv6";
}

// Whether the detector's decision in force stays: the new one is milder, or as strict and no longer, and can
// be armed no better. Everybody else means what they said last.
bool stays(const Decision& former, const Decision& decision) {
  if (decision.actor.kind != ActorKind::detector) return former.actor == kProtector;
  const bool can_be_armed = former.forwarded && !decision.forwarded;
  return decision.action < former.action ||
         (decision.action == former.action && decision.until <= former.until && !can_be_armed);
}

std::string in_words(const Decision& decision) {
  return fmt::format("the {} by {} until {} stands", to_string(decision.action), to_string(decision.actor),
                     format_time(decision.until));
}

std::string what(const Decision& decision) {
  return fmt::format("the {} of {}", to_string(decision.action), decision.source.to_string());
}

constexpr std::string_view kNotInKernel = "the kernel's table could not take it";

std::string replacement_in_words(const Decision& decision) {
  return fmt::format("by the {} until {}: {}", to_string(decision.action), format_time(decision.until),
                     decision.reason);
}

double share_of_family(const Prefix& source) {
  return std::ldexp(1.0, -static_cast<int>(source.length()));
}

WallTime moved(WallTime time, Nanoseconds step) {
  if (step > Nanoseconds(0) && time > kForever - step) return time;
  return time + step;
}

}  // namespace

Ledger::OfSource* Ledger::of(const Prefix& source, Slot slot) {
  Decisions& decisions = slots_[index(slot)];
  const auto at = decisions.find(source);
  return at == decisions.end() ? nullptr : &at->second;
}

const Ledger::OfSource* Ledger::of(const Prefix& source, Slot slot) const {
  const Decisions& decisions = slots_[index(slot)];
  const auto at = decisions.find(source);
  return at == decisions.end() ? nullptr : &at->second;
}

bool Ledger::counts_before(const Decision& a, const Decision& b) const {
  const auto rank = [this](const Decision& decision) {
    return std::tuple(armed(decision), decision.action, decision.until);
  };
  return rank(a) > rank(b);
}

void Ledger::sort(OfSource& decisions) const {
  std::ranges::stable_sort(decisions,
                           [this](const Decision& a, const Decision& b) { return counts_before(a, b); });
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
  const std::size_t held = (is_allow ? allows_ : denials_)[family_index(decision.source)];
  if (held >= (is_allow ? limits_.allows : limits_.denials)) {
    return Error(fmt::format("{}: the ledger is full, it holds {} {} of {} addresses",
                             decision.source.to_string(), held, is_allow ? "allows" : "denials",
                             in_words(decision.source.family())));
  }
  const OfSource* others = of(decision.source, slot_of(decision));
  if (others == nullptr || others->size() < kMaxActors) return {};
  return Error(fmt::format("{}: {} have decided about it already; end one of their decisions first",
                           decision.source.to_string(), kMaxActors));
}

Result<void> Ledger::room_beside_reserve(const Decision& decision) const {
  if (slot_of(decision) == Slot::allow || decision.actor.kind == ActorKind::detector) return {};
  const std::size_t reserve = limits_.reserve();
  const std::size_t held = denials_[family_index(decision.source)];
  if (reserve == 0 || held < limits_.denials - reserve) return {};
  return Error(fmt::format(
      "{}: {} denials of {} addresses are in force; the last {} places are the detector's. A list ([[list]]) holds "
      "millions",
      decision.source.to_string(), held, in_words(decision.source.family()), reserve));
}

std::optional<Prefix> Ledger::displaceable_for(const Decision& decision) const {
  if (decision.actor.kind != ActorKind::detector || slot_of(decision) != Slot::denial) return std::nullopt;
  const std::set<Age>& ages = detectors_[family_index(decision.source)];
  if (ages.empty() || std::get<Action>(*ages.begin()) > decision.action) return std::nullopt;
  return std::get<Prefix>(*ages.begin());
}

Result<Admission> Ledger::would_admit(const Decision& decision, WallTime now) const {
  if (auto done = objection(decision, now); !done) return done.error();
  if (const Decision* former = find(decision.source, slot_of(decision), decision.actor)) {
    if (stays(*former, decision)) return Admission{Admission::Outcome::kept, in_words(*former)};
    return admission(Admission::Outcome::replaced, decision);
  }
  if (auto done = room_for(decision); !done && !displaceable_for(decision)) return done.error();
  if (auto done = room_beside_reserve(decision); !done) return done.error();
  return admission(Admission::Outcome::added, decision);
}

Result<Admission> Ledger::admit(Decision decision, WallTime now) {
  if (auto done = objection(decision, now); !done) return done.error();
  since_last_look_.emplace_back(decision.source, slot_of(decision), decision.actor);
  if (find(decision.source, slot_of(decision), decision.actor) != nullptr)
    return put_in_force(std::move(decision));
  if (auto done = room_beside_reserve(decision); !done) {
    ++refused_full_;
    return done.error();
  }
  if (auto done = room_for(decision); !done) {
    const std::optional<Prefix> displaced = displaceable_for(decision);
    if (!displaced) {
      ++refused_full_;
      return done.error();
    }
    const OfSource& held = *of(*displaced, Slot::denial);
    const auto at =
        std::ranges::find(held, ActorKind::detector, [](const Decision& each) { return each.actor.kind; });
    end(*displaced, Slot::denial, static_cast<std::size_t>(at - held.begin()),
        {Ending::displaced, std::nullopt, "its place was needed for " + what(decision)});
    ++displaced_;
  }
  return put_in_force(std::move(decision));
}

Result<Admission> Ledger::restore(Decision decision, WallTime now) {
  if (decision.since > now) {
    if (decision.until != kForever) decision.until -= decision.since - now;
    decision.since = now;
  }
  if (auto done = objection(decision, now); !done) return done.error();
  if (find(decision.source, slot_of(decision), decision.actor) == nullptr) {
    if (auto done = room_for(decision); !done) {
      ++refused_full_;
      return done.error();
    }
  }
  return put_in_force(std::move(decision));
}

Result<Admission> Ledger::put_in_force(Decision decision) {
  const Prefix source = decision.source;
  const Slot slot = slot_of(decision);
  OfSource& held = slots_[index(slot)][source];
  const auto former = std::ranges::find(held, decision.actor, &Decision::actor);
  if (former != held.end() && stays(*former, decision))
    return Admission{Admission::Outcome::kept, in_words(*former)};

  const Decision* shown = held.empty() ? nullptr : &held.front();
  const Decision* first = &decision;
  for (const Decision& other : held) {
    if (other.actor != decision.actor && counts_before(other, *first)) first = &other;
  }
  if (first != shown) {
    if (auto done = show(*first, shown); !done) {
      ++refused_by_sink_;
      if (held.empty()) slots_[index(slot)].erase(source);
      return done.error();
    }
  }
  const Actor actor = decision.actor;
  enter(decision);
  std::optional<Decision> replaced;
  if (former == held.end()) {
    held.push_back(std::move(decision));
  } else {
    leave(*former);
    replaced = std::exchange(*former, std::move(decision));
  }
  sort(held);
  const Decision& admitted = *find(source, slot, actor);
  for (DecisionSink* sink : sinks_)
    sink->begin(admitted, armed(admitted));
  if (replaced) {
    for (DecisionSink* sink : sinks_)
      sink->end(*replaced, {Ending::replaced, admitted.actor, replacement_in_words(admitted)});
  }
  return admission(replaced ? Admission::Outcome::replaced : Admission::Outcome::added, admitted);
}

Admission Ledger::admission(Admission::Outcome outcome, const Decision& decision) const {
  if (decision.action == Action::allow) return {outcome, {}};
  if (const Decision* allow = allow_over(decision.source)) {
    return {Admission::Outcome::overruled,
            fmt::format("without effect while {} is allowed by {} until {}", allow->source.to_string(),
                        to_string(allow->actor), format_time(allow->until))};
  }
  const Decision* first = find(decision.source, Slot::denial);
  if (first == nullptr || first->actor == decision.actor || !armed(*first) ||
      first->action <= decision.action)
    return {outcome, {}};
  return {Admission::Outcome::overruled, "without effect while " + in_words(*first)};
}

Result<void> Ledger::show(const Decision& first, const Decision* former) {
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    auto put = verdicts_[i]->put(first, armed(first));
    if (put) continue;
    for (std::size_t undo = 0; undo < i; ++undo) {
      verdicts_[undo]->remove(first);
      if (former != nullptr) (void)verdicts_[undo]->put(*former, armed(*former));
    }
    return put.error();
  }
  return {};
}

void Ledger::end(const Prefix& source, Slot slot, std::size_t place, const End& how) {
  const auto at = slots_[index(slot)].find(source);
  OfSource& held = at->second;
  for (DecisionSink* sink : sinks_)
    sink->before_end(held[place]);
  const auto take = [&](std::size_t which) {
    Decision taken = std::move(held[which]);
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(which));
    leave(taken);
    return taken;
  };
  const Decision ended = take(place);
  // What cannot be put in effect in its place must not be said to be in force.
  OfSource failed;
  while (place == 0 && !held.empty() && !show(held.front(), nullptr)) {
    ++refused_by_sink_;
    failed.push_back(take(0));
  }
  if (held.empty()) {
    slots_[index(slot)].erase(at);
    for (VerdictSink* sink : verdicts_)
      sink->remove(ended);
  }
  for (DecisionSink* sink : sinks_) {
    sink->end(ended, how);
    for (const Decision& decision : failed)
      sink->end(decision, {Ending::withdrawn, std::nullopt, std::string(kNotInKernel)});
  }
}

void Ledger::end_all(const Prefix& source, Slot slot, const End& how) {
  while (of(source, slot) != nullptr)
    end(source, slot, of(source, slot)->size() - 1, how);
}

std::vector<Decision> Ledger::withdraw(const Prefix& source, Slot slot, const End& how, const Which& which) {
  std::vector<Decision> ended;
  const OfSource* held = of(source, slot);
  if (held == nullptr) return ended;
  for (const Decision& decision : *held) {
    if (decision.actor != kProtector && (!which || which(decision))) ended.push_back(decision);
  }
  for (const Decision& decision : ended) {
    held = of(source, slot);
    if (held == nullptr) break;
    const auto at = std::ranges::find(*held, decision.actor, &Decision::actor);
    if (at != held->end()) end(source, slot, static_cast<std::size_t>(at - held->begin()), how);
  }
  return ended;
}

std::size_t Ledger::expire(WallTime now) {
  std::size_t count = 0;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto [until, where] = *deadlines_.begin();
    const auto [source, slot] = where;
    const OfSource& held = *of(source, slot);
    const auto at = std::ranges::find(held, until, &Decision::until);
    end(source, slot, static_cast<std::size_t>(at - held.begin()), Ending::expired);
    ++count;
  }
  return count;
}

std::optional<WallTime> Ledger::next_deadline() const {
  if (deadlines_.empty() || deadlines_.begin()->first == kForever) return std::nullopt;
  return deadlines_.begin()->first;
}

void Ledger::follow_clock(Nanoseconds step, WallTime last_look, WallTime now) {
  const auto recent = std::exchange(since_last_look_, {});
  if (step == Nanoseconds(0)) return;
  // What was decided since the last look and says a time that the clock without the step did not reach, or
  // had passed, was decided after it.
  constexpr auto kSlack = std::chrono::seconds(1);
  std::set<std::tuple<Prefix, Slot, Actor>> after;
  for (const auto& key : recent) {
    const auto& [source, slot, actor] = key;
    const Decision* decision = find(source, slot, actor);
    if (decision == nullptr) continue;
    const bool is_after =
        step > Nanoseconds(0) ? decision->since > now - step + kSlack : decision->since < last_look - kSlack;
    if (is_after) after.insert(key);
  }
  for (const Slot slot : {Slot::denial, Slot::allow}) {
    for (auto& [source, held] : slots_[index(slot)]) {
      for (Decision& decision : held) {
        if (after.contains({source, slot, decision.actor})) continue;
        leave(decision);
        decision.since = moved(decision.since, step);
        if (decision.until != kForever) decision.until = moved(decision.until, step);
        enter(decision);
        for (DecisionSink* sink : sinks_)
          sink->move(decision);
      }
    }
  }
}

Result<void> Ledger::protect(std::vector<Protected> networks, WallTime now) {
  if (networks == protected_ && without_allow_ == 0)
    return {};  // as nearly always when the host is looked at
  const std::vector<Protected> former = std::move(protected_);
  const std::size_t former_without = std::exchange(without_allow_, 0);
  index_protected(std::move(networks));
  for (const Protected& shield : former) {
    if (protected_at_.contains(shield.network)) continue;
    const OfSource* held = of(shield.network, Slot::allow);
    if (held == nullptr) continue;
    const auto at = std::ranges::find(*held, kProtector, &Decision::actor);
    if (at != held->end())
      end(shield.network, Slot::allow, static_cast<std::size_t>(at - held->begin()),
          {Ending::withdrawn, kProtector, "no longer protected"});
  }
  Result<void> outcome;
  bool is_new = false;
  for (const Protected& shield : protected_) {
    if (find(shield.network, Slot::allow, kProtector) != nullptr) continue;
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
  if (shield.is_of_list && held + limits_.reserved_allows() >= limits_.allows) {
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
  for (const auto& [source, denials] : slots_[index(Slot::denial)]) {
    if (protected_by(source) != nullptr) hit.push_back(source);
  }
  for (const Prefix& source : hit)
    end_all(source, Slot::denial, {Ending::withdrawn, kProtector, protected_by(source)->what});
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
  for (auto& [source, denials] : slots_[index(Slot::denial)]) {
    sort(denials);
    if (auto shown = show(denials.front(), nullptr); !shown) {
      if (outcome) outcome = shown.error();
      refused.push_back(source);
      continue;
    }
    for (const Decision& denial : denials) {
      for (DecisionSink* sink : sinks_)
        sink->rearm(denial, armed(denial));
    }
  }
  // A decision that is not in the kernel must not stay in the ledger.
  refused_by_sink_ += refused.size();
  for (const Prefix& source : refused)
    end_all(source, Slot::denial, {Ending::withdrawn, std::nullopt, std::string(kNotInKernel)});
  if (outcome) return {};
  return outcome.error().in(fmt::format("{} decisions could not be armed and are ended", refused.size()));
}

const Decision* Ledger::find(const Prefix& source, Slot slot) const {
  const OfSource* held = of(source, slot);
  return held == nullptr ? nullptr : &held->front();
}

const Decision* Ledger::find(const Prefix& source, Slot slot, const Actor& actor) const {
  const OfSource* held = of(source, slot);
  if (held == nullptr) return nullptr;
  const auto at = std::ranges::find(*held, actor, &Decision::actor);
  return at == held->end() ? nullptr : &*at;
}

const Decision* Ledger::allow_over(const Prefix& source) const {
  const auto all = covering(source);
  return !all.empty() && all.front()->action == Action::allow ? all.front() : nullptr;
}

const Decision* Ledger::block_over(const Prefix& source) const {
  if (denials_[family_index(source)] == 0) return nullptr;
  const Decision* block = nullptr;
  for (const auto& [family_and_length, count] : lengths_) {
    const auto [family, length] = family_and_length;
    if (family != source.family() || length > source.length()) continue;
    const Prefix wider(source.address(), length);
    if (of(wider, Slot::allow) != nullptr) return nullptr;
    const Decision* denial = find(wider, Slot::denial);
    if (denial != nullptr && denial->action == Action::block && armed(*denial)) block = denial;
  }
  return block;
}

bool Ledger::in_effect(const Decision& decision) const {
  if (!armed(decision)) return false;
  if (decision.action == Action::allow) return true;
  const Decision* first = find(decision.source, Slot::denial);
  const bool is_strictest = first == nullptr || !armed(*first) || first->action <= decision.action;
  return is_strictest && allow_over(decision.source) == nullptr;
}

std::vector<const Decision*> Ledger::covering(const Prefix& source) const {
  std::vector<const Decision*> found;
  for (const auto& [family_and_length, count] : lengths_) {
    const auto [family, length] = family_and_length;
    if (family != source.family() || length > source.length()) continue;
    const Prefix wider(source.address(), length);
    for (const Slot slot : {Slot::allow, Slot::denial}) {
      if (const OfSource* held = of(wider, slot)) {
        for (const Decision& decision : *held)
          found.push_back(&decision);
      }
    }
  }
  const auto rank = [this](const Decision* decision) {
    return std::tuple(decision->action != Action::allow, !armed(*decision),
                      -static_cast<int>(decision->action), -static_cast<int>(decision->source.length()));
  };
  std::ranges::stable_sort(found, {}, rank);
  return found;
}

std::vector<const Decision*> Ledger::all() const {
  std::vector<const Decision*> decisions;
  decisions.reserve(size(Slot::denial) + size(Slot::allow));
  for (const Decisions& slot : slots_) {
    for (const auto& [source, held] : slot) {
      for (const Decision& decision : held)
        decisions.push_back(&decision);
    }
  }
  std::ranges::sort(decisions, [](const Decision* a, const Decision* b) {
    return std::tie(a->source, a->action, a->actor) < std::tie(b->source, b->action, b->actor);
  });
  return decisions;
}

std::size_t Ledger::size(Slot slot) const {
  const std::size_t* counts = slot == Slot::denial ? denials_ : allows_;
  return counts[0] + counts[1];
}

double Ledger::share_of(const Actor& actor, Slot slot, Family family) const {
  const auto at = shares_.find({actor, slot});
  return at == shares_.end() ? 0 : at->second.at(family_index(family));
}

void Ledger::enter(const Decision& decision) {
  deadlines_.insert({decision.until, {decision.source, slot_of(decision)}});
  if (slot_of(decision) == Slot::denial && decision.actor.kind == ActorKind::detector)
    detectors_[family_index(decision.source)].insert({decision.action, decision.since, decision.source});
  count(decision, +1);
}

void Ledger::leave(const Decision& decision) {
  deadlines_.erase(deadlines_.find({decision.until, {decision.source, slot_of(decision)}}));
  if (slot_of(decision) == Slot::denial && decision.actor.kind == ActorKind::detector)
    detectors_[family_index(decision.source)].erase({decision.action, decision.since, decision.source});
  count(decision, -1);
}

void Ledger::count(const Decision& decision, int change) {
  const Prefix& source = decision.source;
  const bool is_denial = slot_of(decision) == Slot::denial;
  (is_denial ? denials_ : allows_)[family_index(source)] += static_cast<std::size_t>(change);
  const auto key = std::pair(source.family(), source.length());
  auto& count = lengths_[key];
  count += static_cast<std::size_t>(change);
  if (count == 0) lengths_.erase(key);
  shares_[{decision.actor, slot_of(decision)}].at(family_index(source)) += change * share_of_family(source);
}

}  // namespace sluice::decisions
