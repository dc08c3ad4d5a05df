// SPDX-License-Identifier: Apache-2.0
// A real systemd-journald writes the journal, with folders of the test in place of its own, and journalctl
// takes old files away.
#include "daemon/intake/sources/journal_tail.h"

#include <chrono>
#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/un.h>

#include "daemon/intake/intake.h"
#include "tests/support/skip.h"
#include "tests/unit/intake/processes.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Lines = std::vector<std::string>;
using namespace std::chrono_literals;

TEST(JournalPath, NamesAUnitOrAField) {
  EXPECT_TRUE(is_journal("journal:nginx.service"));
  EXPECT_FALSE(is_journal("/var/log/journal:x"));
  EXPECT_EQ(parse_journal("journal:nginx.service").value(), "_SYSTEMD_UNIT=nginx.service");
  EXPECT_EQ(parse_journal("journal:nginx").value(), "_SYSTEMD_UNIT=nginx.service");
  EXPECT_EQ(parse_journal("journal:web@1.service").value(), "_SYSTEMD_UNIT=web@1.service");
  EXPECT_EQ(parse_journal("journal:CONTAINER_NAME=web 1").value(), "CONTAINER_NAME=web 1");
  for (const std::string path : {"journal:", "journal:=x", "journal:A=", "journal:a b", "journal:lower=x",
                                 "journal:1A=x", "/x", "", "journal:/x"}) {
    const auto match = parse_journal(path);
    ASSERT_FALSE(match) << path;
    EXPECT_THAT(match.error().message(),
                HasSubstr("names nothing in the journal; write journal:nginx.service"));
  }
  EXPECT_FALSE(parse_journal("journal:" + std::string(300, 'a')));
}

class Journal : public testing::Test {
 protected:
  static constexpr const char* kJournald = "/lib/systemd/systemd-journald";

  void SetUp() override {
    SLUICE_SKIP_UNLESS_ROOT();
    if (::access(kJournald, X_OK) != 0 || ::access("/usr/bin/unshare", X_OK) != 0)
      SLUICE_SKIP("no systemd-journald or no unshare");
    for (const std::string_view name : {"journal", "run"})
      std::filesystem::create_directory(folder_ / name);
    const std::string script =
        "mount -t tmpfs none /run && mkdir -p /run/log/journal /run/systemd/journal && mount --bind " +
        (folder_ / "journal") + " /run/log/journal && mount --bind " + (folder_ / "run") +
        " /run/systemd/journal && exec " + kJournald;
    journald_.emplace(std::vector<std::string>{"/usr/bin/unshare", "-m", "/bin/sh", "-c", script});
    const bool is_ready = journald_->wait_until(
        [this] { return std::filesystem::exists(folder_ / "run/socket") && !files().empty(); });
    if (!is_ready) SLUICE_SKIP("systemd-journald does not start here");
  }

  std::vector<std::string> files() {
    std::vector<std::string> found;
    for (const auto& at : std::filesystem::recursive_directory_iterator(folder_ / "journal")) {
      if (at.path().extension() == ".journal") found.push_back(at.path().string());
    }
    return found;
  }
  [[nodiscard]] std::string directory() {
    return std::filesystem::path(files().front()).parent_path().string();
  }

  void send(const std::string& fields) {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(folder_ / "run/socket", std::begin(address.sun_path));
    ASSERT_EQ(::sendto(fd.get(), fields.data(), fields.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                       sizeof(address)),
              static_cast<ssize_t>(fields.size()));
  }
  void write(const std::string& message, const std::string& tag = "web", const std::string& more = "") {
    send("SYSLOG_IDENTIFIER=" + tag + "\nMESSAGE=" + message + "\n" + more);
  }

  [[nodiscard]] JournalOptions options(Start start, std::optional<Position> position = std::nullopt) {
    return {"journal:SYSLOG_IDENTIFIER=web", start, std::move(position), directory()};
  }
  void start(Start start, std::optional<Position> position = std::nullopt) {
    auto tail = JournalTail::start(loop_.get_executor(), options(start, std::move(position)),
                                   [this](std::string_view line) { lines_.emplace_back(line); });
    ASSERT_TRUE(tail) << tail.error().message();
    tail_.emplace(*std::move(tail));
  }
  // Ends the tail; the position is what a restart would read.
  Position stop() {
    const Position position = parse_position(to_string(tail_->position().value())).value();
    tail_.reset();
    return position;
  }
  // Runs the loop until so many lines are there, for ten seconds at most.
  Lines take(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    loop_.restart();
    while (lines_.size() < count && std::chrono::steady_clock::now() < end)
      loop_.run_one_until(end);
    loop_.poll();
    return std::exchange(lines_, {});
  }
  // journald closes the file in use and begins another one.
  void rotate() {
    const std::size_t before = files().size();
    ::kill(journald_->pid(), SIGUSR2);
    ASSERT_TRUE(journald_->wait_until([&] { return files().size() > before; }));
  }
  void vacuum() {
    Process({"/usr/bin/journalctl", "--quiet", "--directory=" + directory(), "--vacuum-files=1"}).wait();
    ASSERT_EQ(files().size(), 1U);
  }

  LogFolder folder_;
  boost::asio::io_context loop_{1};
  std::optional<Process> journald_;
  Lines lines_;
  std::optional<JournalTail> tail_;
};

TEST_F(Journal, IsFollowed) {
  write("old");
  write("of another", "other");
  start(Start::beginning);
  EXPECT_THAT(take(1), ElementsAre("old")) << "and is in the journal then";
  start(Start::end);
  write("one");
  write("of another", "other");
  write("two");
  EXPECT_THAT(take(2), ElementsAre("one", "two"));
  write("three");
  EXPECT_THAT(take(1), ElementsAre("three"));
}

TEST_F(Journal, IsReadFromItsBeginningWhenTold) {
  write("one");
  write("two");
  start(Start::beginning);
  EXPECT_THAT(take(2), ElementsAre("one", "two"));
}

TEST_F(Journal, GoesOnFromItsCursor) {
  start(Start::beginning);
  write("one");
  write("two");
  EXPECT_THAT(take(2), ElementsAre("one", "two"));
  const Position position = stop();
  write("three");
  start(Start::end, position);
  EXPECT_THAT(take(1), ElementsAre("three"));
  EXPECT_NE(tail_->position(), position);
}

TEST_F(Journal, NothingIsLostWhenItIsRotatedAndVacuumed) {
  start(Start::beginning);
  write("one");
  EXPECT_THAT(take(1), ElementsAre("one"));
  write("two");
  rotate();
  write("three");
  EXPECT_THAT(take(2), ElementsAre("two", "three"));
  rotate();
  vacuum();
  write("four");
  EXPECT_THAT(take(1), ElementsAre("four"));
  const Position position = stop();
  write("five");
  rotate();
  write("six");
  start(Start::end, position);
  EXPECT_THAT(take(2), ElementsAre("five", "six"));
}

TEST_F(Journal, ACursorThatWasVacuumedGoesOnWithTheNextEntry) {
  start(Start::beginning);
  write("one");
  EXPECT_THAT(take(1), ElementsAre("one"));
  const Position position = stop();
  write("two");
  start(Start::end, position);
  EXPECT_THAT(take(1), ElementsAre("two")) << "and is in the journal then";
  tail_.reset();
  rotate();
  write("three");
  EXPECT_TRUE(journald_->wait_until([this] { return files().size() == 2; }));
  vacuum();
  write("four");
  start(Start::end, position);
  EXPECT_THAT(take(2), ElementsAre("three", "four"));
}

TEST_F(Journal, MessagesOfSeveralLinesAndPartsOfLinesAreLines) {
  start(Start::beginning);
  std::string message = "one\ntwo\n";
  std::uint64_t size = message.size();
  send("SYSLOG_IDENTIFIER=web\nMESSAGE\n" + std::string(reinterpret_cast<const char*>(&size), 8) + message +
       "\n");
  const std::string part(600, 'x');
  write(part, "web", "_LINE_BREAK=line-max\nCONTAINER_PARTIAL_MESSAGE=true\n");
  write(part + "end");
  EXPECT_THAT(take(3), ElementsAre("one", "two", part + part + "end"));
}

TEST_F(Journal, LongMessagesAreWhole) {
  start(Start::beginning);
  const std::string agent(150'000, 'x');
  write(agent);
  EXPECT_THAT(take(1), ElementsAre(agent));
}

TEST_F(Journal, WithinTheSinkTheLineInHandIsNotYetDelivered) {
  write("one");
  write("two");
  std::vector<std::optional<Position>> positions;
  auto tail = JournalTail::start(loop_.get_executor(), options(Start::beginning),
                                 [&](std::string_view) { positions.push_back(tail_->position()); });
  ASSERT_TRUE(tail);
  tail_.emplace(*std::move(tail));
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (positions.size() < 2 && std::chrono::steady_clock::now() < end)
    loop_.run_one_until(end);
  ASSERT_EQ(positions.size(), 2U);
  EXPECT_FALSE(positions[0]);
  ASSERT_TRUE(positions[1]);
  start(Start::end, positions[1]);
  EXPECT_THAT(take(1), ElementsAre("two"));
}

TEST_F(Journal, NothingIsDeliveredAfterTheEnd) {
  write("one");
  start(Start::beginning);
  tail_.reset();
  loop_.poll();
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(Journal, SaysWhichGroupMayReadIt) {
  std::filesystem::permissions(folder_ / "", std::filesystem::perms(0755));
  const std::string where = directory();
  for (const std::string& file : files())
    std::filesystem::permissions(file, std::filesystem::perms(0640));
  ASSERT_EQ(::setegid(65534), 0);
  ASSERT_EQ(::seteuid(65534), 0);
  const auto tail = JournalTail::start(
      loop_.get_executor(), {"journal:nginx", Start::end, std::nullopt, where}, [](std::string_view) {});
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_EQ(::setegid(0), 0);
  ASSERT_FALSE(tail);
  EXPECT_THAT(tail.error().message(), HasSubstr("Permission denied; add the user nobody to the group "));
}

TEST(NoJournal, IsAnErrorThatSaysSo) {
  const LogFolder folder;
  boost::asio::io_context loop(1);
  const auto tail = JournalTail::start(
      loop.get_executor(), {"journal:nginx", Start::end, std::nullopt, folder / ""}, [](std::string_view) {});
  ASSERT_FALSE(tail);
  EXPECT_THAT(tail.error().message(), HasSubstr("does systemd-journald run"));
}

}  // namespace
}  // namespace sluice::intake
