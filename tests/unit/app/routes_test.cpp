// SPDX-License-Identifier: Apache-2.0
// `sluiced routes` on real files, read as its users read it.
#include "daemon/app/offline/routes.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace sluice::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RoutesTest : public ::testing::Test {
 protected:
  std::filesystem::path folder_;

  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-routes-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  struct Printed {
    std::string out;
    std::string log;
    std::string error;  // empty: it went well
  };
  static Printed found(const std::string& path, RoutesForm form, std::uint64_t newest = intake::kWhole) {
    char* out = nullptr;
    char* log = nullptr;
    std::size_t out_size = 0;
    std::size_t log_size = 0;
    std::FILE* out_file = ::open_memstream(&out, &out_size);
    std::FILE* log_file = ::open_memstream(&log, &log_size);
    const auto done = find_routes({}, {{.files = {path}, .newest = newest}, form}, out_file, log_file);
    std::fclose(out_file);
    std::fclose(log_file);
    Printed printed{std::string(out, out_size), std::string(log, log_size),
                    done ? "" : done.error().message()};
    ::free(out);
    ::free(log);
    return printed;
  }
};

constexpr auto kOneRequest =
    "192.0.2.1 - - [24/Nov/2026:06:07:24 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n";

TEST_F(RoutesTest, APatternStandsForTheFilesThatMatchIt) {
  static_cast<void>(file("a.access.log", kOneRequest));
  static_cast<void>(file("b.access.log", std::string(kOneRequest) + kOneRequest));
  static_cast<void>(file("error.log", "nothing\n"));
  const Printed printed = found((folder_ / "*.access.log").string(), RoutesForm::json);
  EXPECT_EQ(printed.error, "");
  EXPECT_THAT(printed.log, HasSubstr("3 lines, 3 requests"));
  EXPECT_THAT(found((folder_ / "*.nothing").string(), RoutesForm::json).error, HasSubstr("no file matches"));
  const std::string literal = file("odd[1].log", kOneRequest);
  EXPECT_THAT(found(literal, RoutesForm::json).log, HasSubstr("1 lines, 1 requests"))
      << "a file of that name";
}

// journalctl as it is called, in a folder before all others.
TEST_F(RoutesTest, TheJournalIsReadThroughJournalctl) {
  const std::string said = (folder_ / "arguments").string();
  const std::string program =
      file("journalctl", "#!/bin/sh\necho \"$@\" >" + said + "\n[ -n \"$JOURNAL_FAILS\" ] && exit 1\ncat " +
                             (folder_ / "lines").string() + "\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  static_cast<void>(file("lines", std::string(kOneRequest) + kOneRequest));
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (folder_.string() + ":" + before).c_str(), 1);
  const Printed printed = found("journal:caddy.service", RoutesForm::json);
  ::setenv("JOURNAL_FAILS", "1", 1);
  const Printed failed = found("journal:caddy.service", RoutesForm::json);
  ::unsetenv("JOURNAL_FAILS");
  static_cast<void>(file("lines", ""));
  const Printed empty = found("journal:caddy", RoutesForm::json);
  ::setenv("PATH", before.c_str(), 1);
  EXPECT_EQ(printed.error, "");
  EXPECT_THAT(printed.log, HasSubstr("2 lines, 2 requests"));
  std::string arguments;
  std::getline(std::ifstream(said), arguments);
  EXPECT_THAT(arguments, HasSubstr("--output=cat --lines=1000000 _SYSTEMD_UNIT=caddy.service"));
  EXPECT_THAT(failed.error,
              HasSubstr("journal:caddy.service: journalctl fails; root and the group systemd-journal"));
  EXPECT_THAT(empty.error, HasSubstr("the journal has no line of it"));
  EXPECT_THAT(found("journal:", RoutesForm::json).error, Not(::testing::IsEmpty()));
}

// A board: profiles of members, topics, and a scanner.
std::string board() {
  std::ostringstream text;
  for (int i = 0; i < 300; ++i) {
    const auto line = [&](const std::string& target, int status) {
      text << "192.0.2." << i % 50 << " - - [24/Nov/2026:06:" << i / 60 % 60 / 10 << i / 60 % 10 << ":"
           << i % 60 / 10 << i % 10 << " +0000] \"GET " << target << " HTTP/1.1\" " << status
           << " 4000 \"-\" \"Mozilla/5.0\"\n";
    };
    line("/member.php?action=profile&uid=" + std::to_string(i), 200);
    line("/showthread.php?tid=" + std::to_string(i * 3), 200);
    line("/admin" + std::to_string(i) + ".php", 404);
  }
  return text.str();
}

TEST_F(RoutesTest, PrintsATable) {
  const Printed printed = found(file("access.log", board()), RoutesForm::table);
  EXPECT_THAT(printed.out, HasSubstr("/member.php?action=profile&uid={subject}"));
  EXPECT_THAT(printed.out, HasSubstr("by counting"));
  EXPECT_THAT(printed.out, HasSubstr("/showthread.php?tid={number}"));
  EXPECT_THAT(printed.out, Not(HasSubstr("admin")));
  EXPECT_THAT(printed.out, Not(HasSubstr("\x1b"))) << "no terminal, no colours";
  EXPECT_THAT(printed.log, HasSubstr("900 lines, 900 requests, of which 600 were pages or images"));
}

TEST_F(RoutesTest, PrintsJson) {
  const Printed printed = found(file("access.log", board()), RoutesForm::json);
  const boost::json::object object = boost::json::parse(printed.out).as_object();
  EXPECT_EQ(object.at("requests").to_number<int>(), 900);
  EXPECT_EQ(object.at("not_found").to_number<int>(), 300);
  const boost::json::object& route = object.at("routes").as_array().front().as_object();
  EXPECT_EQ(route.at("pattern").as_string(), "/member.php?action=profile&uid={subject}");
  EXPECT_TRUE(route.at("looks_like_people").as_bool());
  EXPECT_EQ(route.at("kind").as_string(), "number");
  ASSERT_EQ(object.at("shapes").as_array().size(), 2U);
  EXPECT_FALSE(object.at("shapes").as_array().front().as_object().at("covered").as_bool());
  EXPECT_EQ(object.at("toml").as_string(), found(file("access.log", board()), RoutesForm::toml).out);
}

TEST_F(RoutesTest, WritesRoutesForTheConfiguration) {
  const Printed printed = found(file("access.log", board()), RoutesForm::toml);
  EXPECT_THAT(printed.out, HasSubstr("[[route]]\nname = \"member-action-profile-uid\"\n"
                                     "pattern = \"/member.php?action=profile&uid={subject}\"\n"));
  EXPECT_THAT(printed.out, Not(HasSubstr("thread"))) << "two words say that it is something else";
  std::string doubtful = board();
  for (std::size_t at = doubtful.find("showthread.php?tid"); at != std::string::npos;
       at = doubtful.find("showthread.php?tid"))
    doubtful.replace(at, 18, "zoo.php?number");
  EXPECT_THAT(
      found(file("doubtful.log", doubtful), RoutesForm::toml).out,
      HasSubstr("\n# [[route]]\n# name = \"zoo-number\"\n# pattern = \"/zoo.php?number={subject}\"\n"))
      << "what nothing says of is a comment";
}

TEST_F(RoutesTest, ReadsTheNewestLinesAlone) {
  std::string text = board();
  const std::size_t old = text.find("/showthread.php");
  text.replace(old, 15, "/first-of-them");
  text.insert(0, std::string(1024 * 1024, '#') + "\n");
  const Printed whole = found(file("whole.log", text), RoutesForm::json);
  EXPECT_EQ(boost::json::parse(whole.out).at("requests").to_number<int>(), 900);
  const std::size_t newest = board().size() / 2;
  const Printed half = found(file("half.log", text), RoutesForm::json, newest);
  EXPECT_NEAR(boost::json::parse(half.out).at("requests").to_number<int>(), 450, 5);
  EXPECT_THAT(half.log, Not(HasSubstr("could not be read"))) << "the first line is left out where it is cut";
}

TEST_F(RoutesTest, SaysWhenNothingLooksLikePeople) {
  std::string text = board();
  for (std::size_t at = text.find("member.php?action=profile&uid"); at != std::string::npos;
       at = text.find("member.php?action=profile&uid"))
    text.replace(at, 29, "thing.php?action=view&id");
  const Printed printed = found(file("access.log", text), RoutesForm::table);
  EXPECT_EQ(printed.error, "");
  EXPECT_THAT(printed.out, HasSubstr("Nothing in these logs looks like pages about people."));
  std::istringstream toml(found(file("access.log", text), RoutesForm::toml).out);
  for (std::string line; std::getline(toml, line);)
    EXPECT_TRUE(line.empty() || line.starts_with('#')) << line;
}

TEST_F(RoutesTest, FailsWhereNothingCanBeRead) {
  EXPECT_NE(found(file("access.log", "no log\nat all\n"), RoutesForm::table).error, "");
  EXPECT_THAT(found((folder_ / "missing").string(), RoutesForm::table).error, HasSubstr("missing"));
}

// A real site with forms and articles, and with robots that register: no page on it has many values.
TEST_F(RoutesTest, FindsNoPeopleInAPublishedLogOfArticles) {
  const char* given = std::getenv("SLUICE_SHARED_DATA");
  const std::filesystem::path folder =
      given != nullptr ? given : std::filesystem::path(SLUICE_SOURCE_DIR) / "../shared/data";
  const std::filesystem::path log = folder / "hackers-access" / "access.log";
  if (!std::filesystem::exists(log))
    GTEST_SKIP() << "no " << log << "; set SLUICE_SHARED_DATA to the data folder";
  const Printed printed = found(log, RoutesForm::table);
  EXPECT_EQ(printed.error, "");
  EXPECT_THAT(printed.out, HasSubstr("Nothing in these logs looks like pages about people."));
  EXPECT_THAT(printed.log, HasSubstr("500 lines"));
}

}  // namespace
}  // namespace sluice::app
