// SPDX-License-Identifier: Apache-2.0
// explain: what is in force for an address, why, and what would change it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/control/commands/list.h"
#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

struct ExplainRequest {
  OrEmpty<WrittenPrefix> address;  // from parse_request never empty
};
BOOST_DESCRIBE_STRUCT(ExplainRequest, (), (address))

// What the kernel does with packets in scope.
enum class Verdict : std::uint8_t { unset, pass, drop, throttle };
constexpr Words<4> words(Verdict /*type*/) {
  return {"", "pass", "drop", "throttle"};
}

struct NumberRow {
  std::string name;  // with its unit: "pages_per_minute"
  double value = 0;
};
BOOST_DESCRIBE_STRUCT(NumberRow, (), (name, value))

struct SignalRow {
  std::string heuristic;
  std::string cause;  // signals of one cause say the same: the strongest counts
  double weight = 0;
  double counted = 0;  // how much of the weight went into the score
  std::string text;
  std::vector<NumberRow> numbers;
};
BOOST_DESCRIBE_STRUCT(SignalRow, (), (heuristic, cause, weight, counted, text, numbers))

// A decision with its proof.
struct DecisionDetail {
  DecisionRow decision;
  std::vector<SignalRow> signals;
  std::uint64_t requests_before = 0;  // what the source had reached when it was decided upon
  std::uint64_t pages_before = 0;
  std::uint64_t subjects_before = 0;
};
BOOST_DESCRIBE_STRUCT(DecisionDetail, (), (decision, signals, requests_before, pages_before, subjects_before))

// What the detector knows of a source now. Texts are empty where nothing is known.
struct SourceDetail {
  WallTime first_seen{};
  WallTime last_seen{};
  std::uint64_t requests = 0;
  std::uint64_t pages = 0;
  std::uint64_t subjects = 0;
  std::uint32_t pages_per_minute = 0;  // in the last minute
  std::string user_agent;              // the last one, as it was sent
  std::string agent_class;             // what it says that it is: "browser", "library", "ai_crawler"
  std::string system;                  // autonomous: "AS64500 Example Ltd"
  std::string fingerprint;             // JA4 of its last TLS hello
  std::string crawler;                 // what was found of the crawler that it says to be, in words
  std::string exempt;                  // why nothing is held against it
  double score = 0;                    // the sum of the weights below
  std::vector<SignalRow> signals;
};
BOOST_DESCRIBE_STRUCT(SourceDetail, (),
                      (first_seen, last_seen, requests, pages, subjects, pages_per_minute, user_agent,
                       agent_class, system, fingerprint, crawler, exempt, score, signals))

// The list that counts for an address, of those that hold it.
struct ListMatch {
  std::string name;
  ListAction action = ListAction::unset;
  std::string why;                // whose decision, where the list has it from one; in words
  std::optional<WallTime> until;  // of that decision
  std::string remedy;             // a sentence: what ends it, beside what Sluice can do
};
BOOST_DESCRIBE_STRUCT(ListMatch, (), (name, action, why, until, remedy))

struct ExplainAnswer {
  OrEmpty<Prefix> address;  // as asked
  OrEmpty<Prefix> source;   // that is held to account: "2001:db8::/64"
  Mode mode = Mode::unset;
  Verdict verdict = Verdict::unset;
  double throttle_score = 0;
  double block_score = 0;
  std::string still_served;                    // it is blocked in name only, and why, in sentences; or empty
  std::vector<DecisionDetail> in_force;        // that cover it, the one that counts first
  std::uint64_t denied_within = 0;             // denials in effect of addresses within it, if it is a network
  std::vector<DecisionRow> within;             // the first twenty of them
  std::optional<ListMatch> list;               // counts where no decision is in effect
  std::uint64_t denied_before = 0;             // denials that covered it, were in effect and ended
  std::optional<WallTime> last_ended;          // the last of them
  std::optional<SourceDetail> known;           // none: the detector has not seen it, or has forgotten it
  std::vector<std::string> what_would_change;  // sentences
};
BOOST_DESCRIBE_STRUCT(ExplainAnswer, (),
                      (address, source, mode, verdict, throttle_score, block_score, still_served, in_force,
                       denied_within, within, list, denied_before, last_ended, known, what_would_change))

namespace commands {

struct Explain : Query<ExplainRequest, ExplainAnswer> {
  static constexpr std::string_view kName = "explain";
  static void check(const ExplainRequest& request, Faults& faults) {
    if (!request.address) faults.add("address", "'' is not an IP address or a prefix");
  }
};

}  // namespace commands
}  // namespace sluice::control
