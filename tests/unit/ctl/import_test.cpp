// SPDX-License-Identifier: Apache-2.0
// The formats of import, with what their programs really print, and what is sent of it.
#include "ctl/import.h"

#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/export.h"
#include "ctl/import_formats.h"
#include "tests/unit/control/values.h"

namespace sluice::ctl {
namespace {

using control::Action;
using control::actor;
using control::prefix;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const WallTime kReadAt = *parse_time("2026-11-26T21:01:50Z");

std::optional<WallTime> utc(std::string_view text) {
  std::string copy(text);
  if (const auto space = copy.find(' '); space != std::string::npos) copy[space] = 'T';
  if (copy.starts_with("9999")) return kForever;
  const auto time = parse_time(copy + "Z");
  return time ? std::optional(*time) : std::nullopt;
}

ImportText read(std::string_view text, ImportFormat format = ImportFormat::automatic) {
  return read_import(text, format, kReadAt, utc);
}

ImportText sample(const std::string& name) {
  std::ifstream file(std::string(SLUICE_SAMPLES) + "/" + name);
  return read(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::vector<std::string> sources(const ImportText& text) {
  std::vector<std::string> all;
  for (const ImportEntry& entry : text.entries)
    all.push_back(entry.source.to_string());
  return all;
}

std::vector<std::string> texts(const std::vector<ImportRemark>& remarks) {
  std::vector<std::string> all;
  for (const ImportRemark& remark : remarks)
    all.push_back(std::to_string(remark.line) + ": " + remark.text);
  return all;
}

TEST(ImportFormats, Fail2banPrintsAddressesOnOneLine) {
  const ImportText text = sample("fail2ban.txt");
  EXPECT_THAT(texts(text.faults), IsEmpty());
  EXPECT_THAT(sources(text), ElementsAre("192.0.2.7", "198.51.100.9", "2001:db8::9", "203.0.113.0/28"));
  EXPECT_THAT(sources(read("192.0.2.7,198.51.100.9")), SizeIs(2));  // with a separator of one's own
}

TEST(ImportFormats, Fail2banPrintsTimesInTheLocalZone) {
  const ImportText text = sample("fail2ban-time.txt");
  EXPECT_THAT(texts(text.faults), IsEmpty());
  ASSERT_THAT(text.entries, SizeIs(4));
  EXPECT_EQ(text.entries[3].source.to_string(), "203.0.113.0/28");
  EXPECT_EQ(text.entries[3].action, Action::block);
  EXPECT_EQ(text.entries[3].until, *parse_time("2026-11-26T22:01:47Z"));
  EXPECT_EQ(text.entries[3].reason, "banned by fail2ban");
  const ImportText endless = read("192.0.2.7 \t2026-11-26 21:01:47 + -1 = 9999-12-31 23:59:59\n");
  ASSERT_THAT(endless.entries, SizeIs(1));
  EXPECT_THAT(import_row(endless.entries[0], {}, {}).error().message(), HasSubstr("say --for"));
  EXPECT_EQ(import_row(endless.entries[0], {}, kReadAt)->until, kReadAt);
  EXPECT_THAT(texts(read("192.0.2.7 \t2026-11-26 21:01:47 + 3600 = soon\n").faults),
              ElementsAre("1: 'soon' is not a time as fail2ban writes it"));
}

TEST(ImportFormats, CscliPrintsCsv) {
  const ImportText text = sample("cscli-raw.csv");
  EXPECT_THAT(texts(text.faults), IsEmpty());
  EXPECT_THAT(texts(text.left_out),
              ElementsAre("2: AS 64500: Sluice decides about addresses alone",
                          "3: Country XX: Sluice decides about addresses alone",
                          "4: Ip 2001:db8::1: Sluice has nothing like the type 'captcha'"));
  ASSERT_THAT(sources(text), ElementsAre("198.51.100.0/24", "192.0.2.7"));
  EXPECT_EQ(text.entries[0].line, 5U);
  EXPECT_EQ(text.entries[0].action, Action::block);
  EXPECT_EQ(text.entries[0].reason, "a \"quoted\" reason, with a comma");
  EXPECT_EQ(text.entries[0].until, kReadAt + Seconds(29 * 60 + 50));
  EXPECT_EQ(text.entries[0].actor, "CrowdSec, cscli");
}

TEST(ImportFormats, CscliPrintsJson) {
  const ImportText text = sample("cscli.json");
  EXPECT_THAT(texts(text.faults), IsEmpty());
  EXPECT_THAT(text.left_out, SizeIs(3));
  EXPECT_TRUE(text.by_element);
  ASSERT_THAT(sources(text), ElementsAre("198.51.100.0/24", "192.0.2.7"));
  EXPECT_EQ(text.entries[1].line, 5U);
  EXPECT_EQ(text.entries[1].reason, "manual 'ban' from 'lab'");
  EXPECT_GT(*text.entries[1].until, kReadAt + Seconds(3 * 3600));
  EXPECT_THAT(read("null\n").entries, IsEmpty());  // where it has none
  EXPECT_THAT(read("null\n").faults, IsEmpty());
}

TEST(ImportFormats, SimulatedAndEndedDecisionsAreLeftOut) {
  const std::string header =
      "id,source,ip,reason,action,country,as,events_count,expiration,simulated,alert_id\n";
  const ImportText text = read(header +
                               "1,cscli,Ip:192.0.2.7,x,ban,,,1,1h0m0s,true,1\n"
                               "2,cscli,Ip:192.0.2.8,x,ban,,,1,-3m1.5s,false,1\n"
                               "3,cscli,Ip:192.0.2.9,x,ban,,,1,soon,false,1\n");
  EXPECT_THAT(texts(text.left_out),
              ElementsAre("2: Ip 192.0.2.7: simulated", StartsWith("3: 192.0.2.8: ended 2026-11-26T20:58:")));
  EXPECT_THAT(texts(text.faults), ElementsAre("4: 'soon' is not a duration as cscli writes it"));
}

TEST(ImportFormats, PlainAddressesWithComments) {
  const ImportText text = read("# a list\n192.0.2.7 # why\n\n  2001:db8::/48\r\nnonsense\n10.0.0.1/8\n");
  EXPECT_THAT(sources(text), ElementsAre("192.0.2.7", "2001:db8::/48"));
  EXPECT_EQ(text.entries[1].line, 4U);
  EXPECT_THAT(texts(text.faults),
              ElementsAre("5: 'nonsense' is not an IP address",
                          "6: '10.0.0.1/8' has host bits set; the network is 10.0.0.0/8"));
}

control::DecisionRow exported() {
  control::DecisionRow row;
  row.source = prefix("2001:db8::1");
  row.action = Action::throttle;
  row.since = kReadAt;
  row.until = kReadAt + Seconds(3600);
  row.reason = "asked for \"31\" identifiers, in order\xc3\xa4";
  row.actor = actor("detector");
  row.rate = 10;
  row.burst = 30;
  return row;
}

TEST(ImportFormats, AnExportComesBackAsItWas) {
  control::DecisionRow allow = exported();
  allow.source = prefix("192.0.2.0/24");
  allow.action = Action::allow;
  allow.until = kForever;
  allow.actor = actor("operator alice");
  allow.rate = allow.burst = 0;
  for (const ExportFormat format : {ExportFormat::json, ExportFormat::csv}) {
    const ImportText text =
        read(export_header(format) + export_line(exported(), format) + export_line(allow, format));
    EXPECT_THAT(texts(text.faults), IsEmpty()) << control::to_text(format);
    ASSERT_THAT(text.entries, SizeIs(2)) << control::to_text(format);
    // A single address of IPv6, not its /64.
    EXPECT_EQ(text.entries[0].source.to_string(), "2001:db8::1/128");
    EXPECT_EQ(text.entries[0].action, Action::throttle);
    EXPECT_EQ(text.entries[0].until, exported().until);
    EXPECT_EQ(text.entries[0].reason, exported().reason);
    EXPECT_EQ(text.entries[0].actor, "detector");
    EXPECT_EQ(text.entries[0].rate, 10);
    EXPECT_EQ(text.entries[0].burst, 30);
    EXPECT_EQ(text.entries[1].until, kForever);
    const auto row = import_row(text.entries[0], {}, {});
    ASSERT_TRUE(row);
    EXPECT_EQ(row->reason, exported().reason + " (decided by detector)");
    EXPECT_EQ(row->rate, 10);
  }
  EXPECT_EQ(export_line(exported(), ExportFormat::plain), "2001:db8::1/128\n");
}

TEST(ImportFormats, FaultsOfExportsAreNamedByLine) {
  const ImportText json = read(
      "{\"source\":\"192.0.2.1\",\"action\":\"block\"}\n{\"sauce\":1}\n{nonsense\n"
      "{\"source\":\"192.0.2.2\",\"action\":\"explode\"}\n"
      "{\"source\":\"192.0.2.3\",\"action\":\"block\",\"until\":\"soon\"}\n"
      "{\"source\":\"192.0.2.4\",\"action\":\"challenge\"}\n"
      "{\"source\":\"192.0.2.5\",\"action\":\"allow\",\"actor\":\"list protected\"}\n");
  EXPECT_THAT(sources(json), ElementsAre("192.0.2.1"));
  EXPECT_THAT(texts(json.faults), ElementsAre("2: has no \"source\": neither sluicectl nor cscli writes that",
                                              StartsWith("3: is not JSON"),
                                              "4: action: 'explode' is not block, throttle or allow",
                                              "5: until: 'soon' is not an RFC 3339 time or \"never\""));
  EXPECT_THAT(texts(json.left_out), ElementsAre("6: 192.0.2.4: a challenge is the detector's to make",
                                                "7: 192.0.2.5: of a list of the other host"));
  const ImportText csv =
      read("source,action,rate\n192.0.2.1,block\n192.0.2.2,throttle,many\n192.0.2.3,\"block,1\n");
  EXPECT_THAT(texts(csv.faults), ElementsAre("2: has 2 fields, the first line 3",
                                             "3: rate: 'many' is not a number", "4: a quote is left open"));
}

TEST(ImportFormats, RemarksAreBounded) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += std::string(100, 'x') + "\n";
  const ImportText read_text = read(text);
  EXPECT_EQ(read_text.fault_count, 5000U);
  EXPECT_THAT(read_text.faults, SizeIs(kMaxRemarks));
}

TEST(Import, ArgumentsCountBeforeTheTextButTurnNothingRound) {
  ImportEntry entry;
  entry.source = prefix("192.0.2.7");
  entry.action = Action::allow;
  entry.until = kForever;
  ImportArguments arguments;
  EXPECT_EQ(import_row(entry, arguments, {})->action, Action::allow);
  arguments.action = Action::block;
  EXPECT_THAT(import_row(entry, arguments, {}).error().message(), HasSubstr("would turn that round"));
  entry.action = Action::block;
  entry.until = kReadAt;
  arguments.action = Action::throttle;
  arguments.reason = "asked to";
  const auto row = import_row(entry, arguments, kReadAt + Seconds(9));
  EXPECT_EQ(row->action, Action::throttle);
  EXPECT_EQ(row->until, kReadAt + Seconds(9));
  EXPECT_EQ(row->reason, "asked to");
  entry.action = Action::unset;
  EXPECT_EQ(import_row(entry, {}, {})->action, Action::block);
}

TEST(Import, TheReasonSaysOnceWhoDecidedAndFits) {
  EXPECT_EQ(imported_reason("x", "detector"), "x (decided by detector)");
  EXPECT_EQ(imported_reason("x (decided by detector)", "operator root"), "x (decided by detector)");
  EXPECT_EQ(imported_reason("x", ""), "x");
  std::string umlauts;
  for (int i = 0; i < 400; ++i)
    umlauts += "\xc3\xa4";
  const std::string cut = imported_reason(umlauts, "detector");
  EXPECT_LE(cut.size(), control::kMaxReason);
  EXPECT_THAT(cut, testing::EndsWith("\xc3\xa4... (decided by detector)"));
}

}  // namespace
}  // namespace sluice::ctl
