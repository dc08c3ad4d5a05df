// SPDX-License-Identifier: Apache-2.0
// lists, refresh_lists, test_lists: the lists of the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

struct ListsRequest {};
BOOST_DESCRIBE_STRUCT(ListsRequest, (), ())

// `not_accepted`: it covers too much to be taken without an operator's word; `failure` says of what.
enum class ListState : std::uint8_t { unset, in_force, not_armed, not_fetched, not_accepted };
constexpr Words<5> words(ListState /*type*/) {
  return {"", "in force", "not armed in observe mode", "not fetched yet", "not accepted yet"};
}

// What a list of CrowdSec's decisions leaves out.
struct LeftOut {
  std::string what;  // "scope AS", "type captcha"
  std::uint64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(LeftOut, (), (what, count))

struct ListStatus {
  std::string name;
  ListAction action = ListAction::unset;
  std::string source;  // a URL or a path
  std::int64_t priority = 0;
  StateOrFault<ListState> state;
  std::uint64_t entries_v4 = 0;  // of the text
  std::uint64_t entries_v6 = 0;
  std::uint64_t redundant = 0;           // entries within an entry of a list that counts as much or more
  std::uint64_t host_bits = 0;           // entries with address bits beyond the length, which were cleared
  std::uint64_t bad_lines = 0;           // left out
  std::uint64_t too_wide = 0;            // entries left out for holding nearly everybody
  std::uint64_t spared = 0;              // entries left out or cut for the private networks in them
  std::vector<LeftOut> not_for_packets;  // of the decisions of a CrowdSec
  std::optional<WallTime> loaded;        // when what is in force was read
  std::optional<WallTime> checked;       // when its source last gave it, or said that it is still the one
  std::optional<WallTime> next;          // when its source is asked again
  std::string failure;  // why the last attempt changed nothing; what is in force is older. Empty: it is not
  std::uint64_t failures = 0;  // on end
  // Packets that it let pass (allow, trusted_proxy) or that it was asked about and dropped. A verify_crawler
  // counts requests that say to be its crawler instead: those that were, and those that were not.
  std::optional<std::uint64_t> packets;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> verified;
  std::optional<std::uint64_t> contradicted;
};
BOOST_DESCRIBE_STRUCT(ListStatus, (),
                      (name, action, source, priority, state, entries_v4, entries_v6, redundant, host_bits,
                       bad_lines, too_wide, spared, not_for_packets, loaded, checked, next, failure, failures,
                       packets, bytes, verified, contradicted))

// What the compiled lists take; bytes of one of the two images.
struct ListMemory {
  std::uint64_t entries_v4 = 0;
  std::uint64_t entries_v6 = 0;
  std::uint64_t used = 0;
  std::uint64_t available = 0;
};
BOOST_DESCRIBE_STRUCT(ListMemory, (), (entries_v4, entries_v6, used, available))

struct ListsAnswer {
  std::vector<ListStatus> lists;  // in the order of the configuration
  ListMemory memory;
};
BOOST_DESCRIBE_STRUCT(ListsAnswer, (), (lists, memory))

// Asks the sources of these lists now, or of all where none is named.
struct RefreshRequest {
  std::vector<std::string> names;  // at most kMaxAddresses
  bool force = false;              // takes a list although it shrank, and whether or not it changed
};
BOOST_DESCRIBE_STRUCT(RefreshRequest, (), (names, force))

// `kept`: the last good content stays. `failed`: there is none.
enum class RefreshOutcome : std::uint8_t { unset, updated, unchanged, kept, failed };
constexpr Words<5> words(RefreshOutcome /*type*/) {
  return {"", "updated", "unchanged", "kept", "failed"};
}

// What became of one list of a RefreshRequest.
struct RefreshResult {
  std::string name;
  RefreshOutcome outcome = RefreshOutcome::unset;
  std::string note;           // in words; always there for kept and failed
  std::uint64_t entries = 0;  // in force now
};
BOOST_DESCRIBE_STRUCT(RefreshResult, (), (name, outcome, note, entries))

struct RefreshAnswer {
  std::vector<RefreshResult> results;
};
BOOST_DESCRIBE_STRUCT(RefreshAnswer, (), (results))

// Which lists hold these.
struct TestListsRequest {
  std::vector<WrittenPrefix> addresses;  // 1 to kMaxAddresses
};
BOOST_DESCRIBE_STRUCT(TestListsRequest, (), (addresses))

// An entry that holds an address.
struct ListHit {
  std::string name;
  ListAction action = ListAction::unset;
  WrittenPrefix entry;
  bool counts = false;  // the packets of the address are judged by it, unless a decision says otherwise
  std::string why;      // as of ListMatch
  std::optional<WallTime> until;
};
BOOST_DESCRIBE_STRUCT(ListHit, (), (name, action, entry, counts, why, until))

struct TestListsResult {
  Prefix address;
  std::vector<ListHit> hits;
};
BOOST_DESCRIBE_STRUCT(TestListsResult, (), (address, hits))

struct TestListsAnswer {
  std::vector<TestListsResult> results;  // one for each address, in order
};
BOOST_DESCRIBE_STRUCT(TestListsAnswer, (), (results))

namespace commands {

struct Lists : Query<ListsRequest, ListsAnswer> {
  static constexpr std::string_view kName = "lists";
};

// An operator may: it takes what the configuration names already, and at most what its source says now.
struct RefreshLists : Command<RefreshRequest, RefreshAnswer> {
  static constexpr std::string_view kName = "refresh_lists";
  static constexpr Role kRole = Role::operator_;
  static constexpr CarriedOut kCarriedOut = CarriedOut::later;
  static std::optional<AuditEntry> audit_entry(const RefreshRequest& request);
  static std::string outcome(const RefreshAnswer& answer);
};

struct TestLists : Query<TestListsRequest, TestListsAnswer> {
  static constexpr std::string_view kName = "test_lists";
  static void check(const TestListsRequest& request, Faults& faults) {
    if (request.addresses.empty()) faults.add("addresses", "at least one is needed");
  }
};

}  // namespace commands
}  // namespace sluice::control
