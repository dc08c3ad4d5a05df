// SPDX-License-Identifier: Apache-2.0
// export, import and audit as an operator runs them; and every way in which a chain can be broken.
#include "ctl/audit.h"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ctl/command.h"

namespace sluice::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::vector<AuditRow> chain(std::int64_t count) {
  std::vector<AuditRow> rows;
  std::string previous(kAuditBegin);
  for (std::int64_t seq = 1; seq <= count; ++seq) {
    AuditRow row;
    row.seq = seq;
    row.time = WallTime(Seconds(1'800'000'000 + seq));
    row.uid = 1000;
    row.name = "alice";
    row.command = "block";
    row.what = "192.0.2." + std::to_string(seq);
    row.outcome = "asked";
    row.previous = previous;
    previous = row.hash = audit_hash(previous, row);
    rows.push_back(row);
  }
  return rows;
}

std::string fault_of(const std::vector<AuditRow>& rows, const AuditRow& head, std::string expect = "") {
  AuditVerifier verifier(std::move(expect));
  verifier.begin(0, std::string(kAuditBegin));
  for (const AuditRow& row : rows)
    verifier.take(row);
  verifier.end(head.seq, head.hash);
  return verifier.fault().value_or("");
}

TEST(AuditVerifier, AWholeChainIsWhole) {
  const auto rows = chain(5);
  EXPECT_EQ(fault_of(rows, rows.back()), "");
  for (const AuditRow& row : rows)
    EXPECT_EQ(fault_of(rows, rows.back(), row.hash), "");
  EXPECT_EQ(fault_of(rows, rows.back(), std::string(kAuditBegin)), "");
}

TEST(AuditVerifier, TheFirstBrokenRowIsNamed) {
  const auto sound = chain(5);
  auto rows = sound;
  rows[2].name = "bob";
  EXPECT_EQ(fault_of(rows, sound.back()), "row 3 was changed: its hash is not that of its content");
  rows[2].hash = audit_hash(rows[2].previous, rows[2]);  // made to fit: then the next one does not
  EXPECT_EQ(fault_of(rows, sound.back()), "row 4 is not chained to the row before it");
  rows = sound;
  rows.erase(rows.begin() + 1);
  EXPECT_EQ(fault_of(rows, sound.back()), "row 2 is missing: row 3 follows 1");
  rows = sound;
  std::swap(rows[1], rows[2]);
  EXPECT_THAT(fault_of(rows, sound.back()), StartsWith("row 2 is missing"));
  rows = sound;
  rows.erase(rows.begin());
  EXPECT_EQ(fault_of(rows, sound.back()), "row 1 is missing: row 2 follows 0");
}

TEST(AuditVerifier, ATruncatedTailShowsByTheHeadOrByWhatWasNoted) {
  const auto sound = chain(5);
  const std::vector<AuditRow> cut(sound.begin(), sound.begin() + 3);
  EXPECT_THAT(fault_of(cut, sound.back()), StartsWith("it ends with row 3, and the daemon wrote row 5"));
  // Whoever wrote the database anew has the daemon believe it: the hash that was noted is not in it.
  EXPECT_EQ(fault_of(cut, cut.back()), "");
  EXPECT_THAT(fault_of(cut, cut.back(), sound.back().hash), HasSubstr("rows were removed or replaced since"));
}

class StateCommands : public Command {
 protected:
  // What is in force on the server.
  std::map<std::string, control::DecisionRow> decisions() {
    return server_.on_loop([](Server&, MemoryOperations& operations) { return operations.decisions; });
  }
};

TEST_F(StateCommands, AuditShowsAndVerifiesAcrossPages) {
  ASSERT_EQ(run({"block", "192.0.2.7", "--reason", "scraping"}).code, 0);
  ASSERT_EQ(run({"unblock", "192.0.2.7"}).code, 0);
  ASSERT_EQ(run({"reload"}).code, 0);
  const Outcome shown = run({"audit"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  ASSERT_THAT(lines(shown.out), SizeIs(6));
  EXPECT_THAT(lines(shown.out)[0],
              HasSubstr("(uid 0, policy owner) block 192.0.2.7 for the usual time: asked (scraping)"));
  EXPECT_THAT(lines(shown.out)[3], HasSubstr("unblock: 1 ended, 0 unchanged"));
  const Outcome json = run({"audit", "--json"});
  EXPECT_EQ(boost::json::parse(lines(json.out).at(0)).at("what"), "192.0.2.7 for the usual time");

  const Outcome whole = run({"audit", "--verify"});
  EXPECT_EQ(whole.code, 0) << whole.err;
  EXPECT_THAT(whole.out, StartsWith("whole: 6 rows, the last is number 6\nhead "));
  const std::string head = lines(whole.out)[1].substr(5);
  ASSERT_EQ(run({"reload"}).code, 0);
  EXPECT_EQ(run({"audit", "--verify", "--expect", head}).code, 0);
  const Outcome other = run({"audit", "--verify", "--expect", std::string(64, 'a')});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("no row has the hash aaaa"));

  server_.on_loop([](Server&, MemoryOperations& operations) { operations.audit_rows[4].outcome = "never"; });
  const Outcome broken = run({"audit", "--verify"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.err, HasSubstr("row 5 was changed"));
  EXPECT_EQ(boost::json::parse(run({"audit", "--verify", "--json"}).out).at("ok"), false);
}

TEST_F(StateCommands, AuditArgumentsAreChecked) {
  EXPECT_EQ(run({"audit", "--since", "yesterday"}).code, 2);
  EXPECT_EQ(run({"audit", "--since", "2h", "--verify"}).code, 2);
  EXPECT_EQ(run({"audit", "--expect", std::string(64, 'a')}).code, 2);
  EXPECT_EQ(run({"audit", "--verify", "--expect", "abc"}).code, 2);
  EXPECT_EQ(run({"audit", "--since", "2h"}).code, 0);
}

TEST_F(StateCommands, WhatIsExportedIsImportedAsItWas) {
  ASSERT_EQ(
      run({"block", "192.0.2.7", "2001:db8::1/128", "--for", "365d", "--reason", "scraping, \"much\""}).code,
      0);
  ASSERT_EQ(run({"throttle", "198.51.100.0/24", "--for", "365d", "--rate", "5", "--burst", "9"}).code, 0);
  ASSERT_EQ(run({"allow", "203.0.113.9"}).code, 0);
  // The server's time is one that has not come yet, so that nothing has ended.
  const auto before = decisions();
  for (const std::string format : {"json", "csv"}) {
    const Outcome exported = run({"export", "--format", format});
    ASSERT_EQ(exported.code, 0) << exported.err;
    server_.on_loop([](Server&, MemoryOperations& operations) { operations.decisions.clear(); });
    const Outcome imported = run({"import"}, exported.out);
    EXPECT_EQ(imported.code, 0) << imported.err;
    EXPECT_EQ(imported.out, "4 added, 0 replaced, 0 kept\n");
    const auto after = decisions();
    ASSERT_THAT(after, SizeIs(4));
    for (const auto& [source, row] : before) {
      EXPECT_EQ(after.at(source).action, row.action);
      EXPECT_EQ(after.at(source).until, row.until);
      EXPECT_THAT(after.at(source).reason, StartsWith(row.reason + " (decided by operator "));
      EXPECT_EQ(after.at(source).rate, row.rate);
      EXPECT_EQ(after.at(source).burst, row.burst);
    }
    server_.on_loop([&before](Server&, MemoryOperations& operations) { operations.decisions = before; });
  }
  EXPECT_THAT(lines(run({"export", "--format", "plain"}).out).size(), 4U);  // this server filters nothing
}

TEST_F(StateCommands, BadLinesAreAllNamedAndNothingIsSent) {
  const Outcome outcome = run({"import"}, "192.0.2.7\nnonsense\n\n10.0.0.1/8\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(lines(outcome.err),
              ElementsAre("sluicectl: line 2: 'nonsense' is not an IP address",
                          "sluicectl: line 4: '10.0.0.1/8' has host bits set; the network is 10.0.0.0/8",
                          HasSubstr("2 lines of these cannot be read or imported, and nothing was sent")));
  EXPECT_THAT(calls(), IsEmpty());
  EXPECT_EQ(run({"import", "/nowhere/at/all"}).code, 2);
  EXPECT_EQ(run({"import", "--for", "4x"}, "192.0.2.7\n").code, 2);
  EXPECT_EQ(run({"import"}, "").code, 2);
}

TEST_F(StateCommands, RefusedLinesAreNamedAndTheOthersGoThrough) {
  const Outcome outcome =
      run({"import", "--for", "1h", "--reason", "from a list"}, "192.0.2.7\n# x\n127.0.0.1\n192.0.2.8\n");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(lines(outcome.out), ElementsAre("line 3: 127.0.0.1: refused: it is this host's own address",
                                              "2 added, 0 replaced, 0 kept, 1 refused"));
  EXPECT_EQ(decisions().at("192.0.2.8").reason, "from a list");
  const auto json = boost::json::parse(run({"import", "--json"}, "127.0.0.1\n").out);
  EXPECT_EQ(json.at("refused"), 1);
  EXPECT_EQ(json.at("notes").at(0).at("number"), 1);
}

TEST_F(StateCommands, ADryRunSendsNothingThatCounts) {
  const Outcome outcome = run({"import", "--dry-run"}, "192.0.2.7\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("nothing was done; would be: 1 added"));
  EXPECT_THAT(decisions(), IsEmpty());
}

TEST_F(StateCommands, ALongListGoesInBatches) {
  std::string input;
  for (unsigned i = 0; i < 5000; ++i)
    input += fmt::format("10.1.{}.{}\n", i / 250, i % 250);
  const Outcome outcome = run({"import", "--for", "1h"}, input);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "5,000 added, 0 replaced, 0 kept\n");
  EXPECT_THAT(decisions(), SizeIs(5000));
}

}  // namespace
}  // namespace sluice::ctl
