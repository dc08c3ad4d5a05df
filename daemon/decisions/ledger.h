// SPDX-License-Identifier: Apache-2.0
// The decisions in force: the only place where one begins or ends, whoever made it. Sinks (the kernel's
// table, the store, the event feed) only mirror it. Pure: the time comes in, nothing is read or written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"

namespace sluice::decisions {

// Why a decision left the ledger.
enum class Ending : std::uint8_t {
  expired,    // its deadline came
  withdrawn,  // an operator took it back
  replaced,   // another decision for the same source took its place
};

[[nodiscard]] std::string_view to_string(Ending ending);

// Mirrors the ledger. Calls come from one thread, in order. A decision that is not armed (a denial in observe
// mode) must have no effect on packets, but may be recorded and shown.
class DecisionSink {
 public:
  DecisionSink() = default;
  DecisionSink(const DecisionSink&) = delete;
  DecisionSink& operator=(const DecisionSink&) = delete;
  virtual ~DecisionSink() = default;

  // A new decision, or one whose arming changed. Must leave either the whole decision in effect or none of
  // it; an error refuses the decision. A sink that is not needed for a decision returns success and reports
  // its failure itself.
  [[nodiscard]] virtual Result<void> apply(const Decision& decision, bool armed) = 0;

  // The end of a decision that was applied. With Ending::replaced its successor for the same source and slot
  // (denial or allow) was applied just before: a sink that keeps one entry for each has nothing left to do.
  virtual void withdraw(const Decision& decision, Ending ending) = 0;
};

struct LedgerLimits {
  std::size_t denials = 200'000;  // throttles, challenges and blocks; half of them for each family
  std::size_t allows = 8'192;     // half of them for each family, too

  // For each family: places for denials that only the detector takes. An import must not make every later
  // scraper safe.
  [[nodiscard]] std::size_t reserve() const { return denials / 2 / 10; }
  // For each family: places for allows that lists of proxies leave to operators and to this host's own
  // addresses.
  [[nodiscard]] std::size_t reserved_allows() const { return allows / 2 / 16; }
};

// What the ledger did with a decision.
struct Admission {
  enum class Outcome : std::uint8_t {
    added,
    replaced,   // took the place of an earlier one
    kept,       // the decision in force stays: it is by an operator, or as strict and as long
    overruled,  // added, but without effect while an allow covers the source
  };
  Outcome outcome = Outcome::added;
  std::string note;  // in words, where there is something to say
};

// One allow and one denial may be in force for the same source (a slot each); the allow wins while it lasts.
class Ledger {
 public:
  Ledger(LedgerLimits limits, Mode mode) : limits_(limits), mode_(mode) {}

  // Sinks must outlive the ledger's use of them; they are called in the order in which they were added.
  void add_sink(DecisionSink& sink) { sinks_.push_back(&sink); }

  // Puts a decision in force. Refused with the reason in words: a full table, a sink that cannot, a block or
  // throttle that covers a source which must never be denied (see protect), an end that is not after `now`.
  [[nodiscard]] Result<Admission> admit(Decision decision, WallTime now);
  // As admit(), of what was in force before a restart: it may take the detector's reserve.
  [[nodiscard]] Result<Admission> restore(Decision decision, WallTime now);

  // What admit() would return; changes nothing. Asks no sink, so a table of the kernel may still be full.
  [[nodiscard]] Result<Admission> would_admit(const Decision& decision, WallTime now) const;

  // Ends the decisions for exactly this source: its denial, its allow, or both. The allow of a protected
  // network stays.
  enum class Slot : std::uint8_t { denial, allow };
  // Returns what ended.
  std::vector<Decision> withdraw(const Prefix& source, std::optional<Slot> slot, Ending ending);

  // Ends the decisions past their deadline; returns how many.
  std::size_t expire(WallTime now);
  [[nodiscard]] std::optional<WallTime> next_deadline() const;

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
  // Whether packets feel it: armed, and no allow covers it.
  [[nodiscard]] bool in_effect(const Decision& decision) const {
    return armed(decision) && (decision.action == Action::allow || allow_over(decision.source) == nullptr);
  }

  [[nodiscard]] const Decision* find(const Prefix& source, Slot slot) const;
  // Every decision whose source contains `source`, the allows first, then the strictest, then the most
  // specific.
  [[nodiscard]] std::vector<const Decision*> covering(const Prefix& source) const;
  // Every decision in force, by source.
  [[nodiscard]] std::vector<const Decision*> all() const;
  [[nodiscard]] std::size_t size(Slot slot) const { return slots_[index(slot)].size(); }
  [[nodiscard]] const LedgerLimits& limits() const { return limits_; }
  // Decisions that were refused because the ledger, or a sink, had no room or failed.
  [[nodiscard]] std::uint64_t refused() const { return refused_full_ + refused_by_sink_; }

 private:
  using Decisions = std::unordered_map<Prefix, Decision>;

  [[nodiscard]] static std::size_t index(Slot slot) { return static_cast<std::size_t>(slot); }
  [[nodiscard]] static Slot slot_of(const Decision& decision) {
    return decision.action == Action::allow ? Slot::allow : Slot::denial;
  }
  // Why a decision must not be in force, whatever else is.
  [[nodiscard]] Result<void> objection(const Decision& decision, WallTime now) const;
  [[nodiscard]] Result<void> room_for(const Decision& decision) const;
  // Whether only the detector's reserve is left for a denial that is not the detector's.
  [[nodiscard]] Result<void> room_beside_reserve(const Decision& decision) const;
  [[nodiscard]] Result<Admission> replace(Decisions::iterator at, Decision decision);
  [[nodiscard]] Admission admission(Admission::Outcome outcome, const Decision& decision) const;
  [[nodiscard]] Result<void> apply(const Decision& decision);
  // Ends the denials that touch a protected network.
  void withdraw_protected();
  // Takes these for the protected networks, and orders them for protected_by().
  void index_protected(std::vector<Protected> networks);
  [[nodiscard]] Result<void> allow_protected(const Protected& shield, WallTime now);
  void end(Slot slot, Decisions::iterator at, Ending ending);
  void count(const Decision& decision, int change);

  LedgerLimits limits_;
  Mode mode_;
  std::vector<DecisionSink*> sinks_;
  std::vector<Protected> protected_;
  std::map<Prefix, std::size_t> protected_at_;               // the place of each network in protected_
  std::set<std::pair<Family, unsigned>> protected_lengths_;  // the prefix lengths that they have
  std::size_t without_allow_ = 0;
  Decisions slots_[2];
  std::set<std::pair<WallTime, std::pair<Prefix, Slot>>> deadlines_;
  std::map<std::pair<Family, unsigned>, std::size_t> lengths_;  // how many decisions of each prefix length
  std::size_t denials_[2] = {};                                 // IPv4, IPv6
  std::size_t allows_[2] = {};
  std::uint64_t refused_full_ = 0;
  std::uint64_t refused_by_sink_ = 0;
};

}  // namespace sluice::decisions
