// SPDX-License-Identifier: Apache-2.0
// The decisions in force: the only place where one begins or ends, whoever made it. Sinks (the kernel's
// table, the store, the event feed) only mirror it. Pure: the time comes in, nothing is read or written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"
#include "daemon/decisions/past_decision.h"

namespace sluice::decisions {

// Hears of every decision that begins or ends. Calls come from one thread, in order.
class DecisionSink {
 public:
  DecisionSink() = default;
  DecisionSink(const DecisionSink&) = delete;
  DecisionSink& operator=(const DecisionSink&) = delete;
  virtual ~DecisionSink() = default;

  // One that is not armed (a denial in observe mode) has no effect on packets.
  virtual void begin(const Decision& decision, bool armed) = 0;
  // The mode changed, and with it whether the decision is armed.
  virtual void rearm(const Decision& /*decision*/, bool /*armed*/) {}
  // The decision is about to end, and packets still feel it: what the kernel counted can be read. Not called
  // for one that is replaced, whose successor keeps what was counted.
  virtual void before_end(const Decision& /*decision*/) {}
  // The end of a decision that had begun. With Ending::replaced its successor began just before.
  virtual void end(const Decision& decision, const End& how) = 0;
  // The wall clock was set: the decision has other times now, and lasts as long as before.
  virtual void move(const Decision& /*decision*/) {}
};

// Holds what is in effect: one entry for each source and slot, whoever decided it.
class VerdictSink {
 public:
  VerdictSink() = default;
  VerdictSink(const VerdictSink&) = delete;
  VerdictSink& operator=(const VerdictSink&) = delete;
  virtual ~VerdictSink() = default;

  // From now on this decision is the strictest of its source and slot; it takes the place of the former one.
  // One that is not armed must have no effect. An error leaves what was in effect.
  [[nodiscard]] virtual Result<void> put(const Decision& decision, bool armed) = 0;
  // The last decision of its source and slot has ended. A failure is the sink's to report.
  virtual void remove(const Decision& decision) = 0;
};

struct LedgerLimits {
  // For each family. Denials are throttles, challenges and blocks.
  std::size_t denials = 100'000;
  std::size_t allows = 4'096;

  // Places for denials that only the detector takes. An import must not make every later scraper safe.
  [[nodiscard]] std::size_t reserve() const { return denials / 10; }
  // Places for allows that lists of proxies leave to operators and to this host's own addresses.
  [[nodiscard]] std::size_t reserved_allows() const { return allows / 16; }
};

// What the ledger did with a decision.
struct Admission {
  enum class Outcome : std::uint8_t {
    added,
    replaced,   // took the place of an earlier one by the same actor
    kept,       // the detector's decision in force stays: it is as strict and lasts as long
    overruled,  // recorded, but without effect while an allow or a stricter decision stands
  };
  Outcome outcome = Outcome::added;
  std::string note;  // in words, where there is something to say
};

// A source has two slots, for denials and for allows. In each, every actor may have one decision. The
// strictest denial that is armed is in effect, unless an allow covers the source; when it ends, the next one
// is. Nobody's decision replaces anybody else's.
class Ledger {
 public:
  // Actors who may decide on one source: more are a mistake or a flood.
  static constexpr std::size_t kMaxActors = 16;

  Ledger(LedgerLimits limits, Mode mode) : limits_(limits), mode_(mode) {}

  // Sinks must outlive the ledger's use of them; they are called in the order in which they were added.
  void add_sink(DecisionSink& sink) { sinks_.push_back(&sink); }
  void add_sink(VerdictSink& sink) { verdicts_.push_back(&sink); }

  // Puts a decision in force. Refused with the reason in words: a full table, a sink that cannot, a block or
  // throttle that covers a source which must never be denied (see protect), an end that is not after `now`.
  // Where the table is full, a denial of the detector displaces the mildest and oldest one of the detector's
  // that is no stricter.
  [[nodiscard]] Result<Admission> admit(Decision decision, WallTime now);
  // As admit(), of what was in force before a restart: it may take the detector's reserve and displaces
  // nothing. One that is to begin later was made by a clock that was ahead: it lasts as long as it was to.
  [[nodiscard]] Result<Admission> restore(Decision decision, WallTime now);

  // What admit() would return; changes nothing. Asks no sink, so a table of the kernel may still be full.
  [[nodiscard]] Result<Admission> would_admit(const Decision& decision, WallTime now) const;

  enum class Slot : std::uint8_t { denial, allow };
  // Ends the decisions in this slot of exactly this source, of those that `which` takes (empty: of all). The
  // allow of a protected network stays. Returns what ended.
  using Which = std::function<bool(const Decision&)>;
  std::vector<Decision> withdraw(const Prefix& source, Slot slot, const End& how, const Which& which = {});

  // Ends the decisions past their deadline; returns how many.
  std::size_t expire(WallTime now);
  [[nodiscard]] std::optional<WallTime> next_deadline() const;

  // To be called every few seconds: the wall clock was set by `step` since `last_look`, when it said that.
  // Decisions from before the step get their times moved by it, so that each lasts as long as it was to last.
  void follow_clock(Nanoseconds step, WallTime last_look, WallTime now);

  // Networks that may never be denied, each with the name an operator knows it by ("this host's own
  // address"). Replaces the former set. Each is an allow without end by "list protected", so the kernel
  // passes it whatever else is in force, and no denial that overlaps one is admitted; one already in force is
  // withdrawn. If a sink refuses one of the allows, the others are still done and the first error is
  // returned; the next call tries again.
  struct Protected {
    Prefix network;
    std::string what;
    bool is_of_list = false;  // of a list that others may make long: it leaves some allows to operators

    bool operator==(const Protected&) const = default;
  };
  [[nodiscard]] Result<void> protect(std::vector<Protected> networks, WallTime now);
  [[nodiscard]] const std::vector<Protected>& protected_networks() const { return protected_; }
  // How many of them have no allow, because there was no room: nothing denies them here, but a list might.
  [[nodiscard]] std::size_t protected_without_allow() const { return without_allow_; }
  // The first protected network that a denial of `source` would touch.
  [[nodiscard]] const Protected* protected_by(const Prefix& source) const;

  // Arms or disarms every denial. Those that a sink refuses are ended; the mode is the new one all the same,
  // and the error says how many and why.
  [[nodiscard]] Result<void> set_mode(Mode mode);
  [[nodiscard]] Mode mode() const { return mode_; }
  [[nodiscard]] bool armed(const Decision& decision) const {
    return decision.action == Action::allow || (mode_ == Mode::enforce && !decision.forwarded);
  }

  // The allow that keeps a denial of this source without effect, or null.
  [[nodiscard]] const Decision* allow_over(const Prefix& source) const;
  // The block that drops the packets of this source, or null. For each request: allocates nothing.
  [[nodiscard]] const Decision* block_over(const Prefix& source) const;
  // Whether packets feel it: it is armed, no allow covers it, and no stricter one of its source stands.
  [[nodiscard]] bool in_effect(const Decision& decision) const;

  // The one of the source that counts: the strictest armed denial, or the allow that lasts longest.
  [[nodiscard]] const Decision* find(const Prefix& source, Slot slot) const;
  [[nodiscard]] const Decision* find(const Prefix& source, Slot slot, const Actor& actor) const;
  // Every decision whose source contains `source`, the allows first, then the armed ones, then the strictest,
  // then the most specific.
  [[nodiscard]] std::vector<const Decision*> covering(const Prefix& source) const;
  // Every decision in force, by source.
  [[nodiscard]] std::vector<const Decision*> all() const;
  [[nodiscard]] std::size_t size(Slot slot) const;
  [[nodiscard]] const LedgerLimits& limits() const { return limits_; }
  // The share of all addresses of the family that the denials or the allows of an actor cover, from 0 to 1.
  // Networks that overlap count twice.
  [[nodiscard]] double share_of(const Actor& actor, Slot slot, Family family) const;
  // Decisions that were refused because the ledger, or a sink, had no room or failed.
  [[nodiscard]] std::uint64_t refused() const { return refused_full_ + refused_by_sink_; }
  // Denials of the detector that ended early to make room for another.
  [[nodiscard]] std::uint64_t displaced() const { return displaced_; }

 private:
  // Those of one slot of a source, the one in effect first.
  using OfSource = std::vector<Decision>;
  using Decisions = std::unordered_map<Prefix, OfSource>;

  [[nodiscard]] static std::size_t index(Slot slot) { return static_cast<std::size_t>(slot); }
  [[nodiscard]] static Slot slot_of(const Decision& decision) {
    return decision.action == Action::allow ? Slot::allow : Slot::denial;
  }
  [[nodiscard]] OfSource* of(const Prefix& source, Slot slot);
  [[nodiscard]] const OfSource* of(const Prefix& source, Slot slot) const;
  // Whether the first counts before the second, both of one slot of a source.
  [[nodiscard]] bool counts_before(const Decision& a, const Decision& b) const;
  void sort(OfSource& decisions) const;

  // Why a decision must not be in force, whatever else is.
  [[nodiscard]] Result<void> objection(const Decision& decision, WallTime now) const;
  [[nodiscard]] Result<void> room_for(const Decision& decision) const;
  // Whether only the detector's reserve is left for a denial that is not the detector's.
  [[nodiscard]] Result<void> room_beside_reserve(const Decision& decision) const;
  // The denial of the detector that is to make room for this one, if there is one.
  [[nodiscard]] std::optional<Prefix> displaceable_for(const Decision& decision) const;
  [[nodiscard]] Result<Admission> put_in_force(Decision decision);
  [[nodiscard]] Admission admission(Admission::Outcome outcome, const Decision& decision) const;
  // Tells the sinks of verdicts what counts from now on. If one refuses, the others get `former` back.
  [[nodiscard]] Result<void> show(const Decision& first, const Decision* former);
  // Ends the decisions that the protection forbids.
  void withdraw_protected();
  // Takes these for the protected networks, and orders them for protected_by().
  void index_protected(std::vector<Protected> networks);
  [[nodiscard]] Result<void> allow_protected(const Protected& shield, WallTime now);
  void end(const Prefix& source, Slot slot, std::size_t place, const End& how);
  void end_all(const Prefix& source, Slot slot, const End& how);
  // Enters a decision into the indices, or takes it out of them.
  void enter(const Decision& decision);
  void leave(const Decision& decision);
  void count(const Decision& decision, int change);

  using Deadline = std::pair<WallTime, std::pair<Prefix, Slot>>;
  using Age = std::tuple<Action, WallTime, Prefix>;  // since when

  LedgerLimits limits_;
  Mode mode_;
  std::vector<DecisionSink*> sinks_;
  std::vector<VerdictSink*> verdicts_;
  std::vector<Protected> protected_;
  std::map<Prefix, std::size_t> protected_at_;               // the place of each network in protected_
  std::set<std::pair<Family, unsigned>> protected_lengths_;  // the prefix lengths that they have
  std::size_t without_allow_ = 0;
  Decisions slots_[2];
  std::multiset<Deadline> deadlines_;
  std::set<Age> detectors_[2];  // denials of the detector, the mildest and oldest first: IPv4, IPv6
  std::vector<std::tuple<Prefix, Slot, Actor>> since_last_look_;
  std::map<std::pair<Family, unsigned>, std::size_t> lengths_;  // how many decisions of each prefix length
  std::map<std::pair<Actor, Slot>, std::array<double, 2>> shares_;  // share_of()
  std::size_t denials_[2] = {};                                     // IPv4, IPv6
  std::size_t allows_[2] = {};
  std::uint64_t refused_full_ = 0;
  std::uint64_t refused_by_sink_ = 0;
  std::uint64_t displaced_ = 0;
};

}  // namespace sluice::decisions
