// SPDX-License-Identifier: Apache-2.0
// Logs join, leave and are read differently on a reload; no line of the others is lost or read twice.
#include "daemon/app/run/log_set.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <new>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"
#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/pattern.h"
#include "tests/support/free_udp_port.h"
#include "tests/support/skip.h"

namespace sluice::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LogSetTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-logset-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    set_.stop();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] intake::LogOptions plain(const std::string& name) const {
    intake::LogOptions options;
    options.path = folder_ / name;
    options.format = intake::formats::kNginx;
    options.pattern = R"($remote_addr $msec "$request" "$http_x_forwarded_for")";
    return options;
  }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::app) << text << "\n";
  }
  std::vector<std::string> take() {
    io_.restart();
    io_.poll();
    return std::exchange(clients_, {});
  }
  static LogSet::Proxies proxies(std::string_view network) {
    const std::vector<Prefix> networks = {Prefix::parse(network).value()};
    return std::make_shared<const intake::TrustedProxies>(networks, intake::ProxyHeader::x_forwarded_for);
  }

  std::filesystem::path folder_;
  boost::asio::io_context io_{1};
  std::vector<std::string> clients_;
  LogSet set_{io_.get_executor(),
              [this](const detection::Request& r) {
                clients_.push_back(r.client.to_string());
                return r.target.ends_with(".css");
              },
              {},
              [] { return WallTime(Seconds(1'795'500'100)); }};
};

constexpr const char* kLine = R"(10.0.0.1 1795500000 "GET / HTTP/1.1" "198.51.100.9")";

TEST_F(LogSetTest, OtherProxiesAreBelievedFromTheNextLineOn) {
  append("a.log", "old");
  ASSERT_TRUE(set_.follow({plain("a.log")}, proxies("192.0.2.0/24")));
  append("a.log", kLine);
  EXPECT_THAT(take(), ElementsAre("10.0.0.1"));
  ASSERT_TRUE(set_.follow({plain("a.log")}, proxies("10.0.0.0/8")));
  append("a.log", kLine);
  EXPECT_THAT(take(), ElementsAre("198.51.100.9"));
  ASSERT_EQ(set_.status().size(), 1U);
  EXPECT_EQ(set_.status()[0].lines, 2U) << "the counts go on";
  EXPECT_EQ(set_.status()[0].lag_bytes, 0U);
  EXPECT_EQ(set_.status()[0].forwarded, 1U);
  EXPECT_EQ(set_.status()[0].nameless, 0U);
  append("a.log", R"(10.0.0.1 1795500000 "GET / HTTP/1.1" "-")");
  EXPECT_THAT(take(), ElementsAre("10.0.0.1"));
  EXPECT_EQ(set_.status()[0].forwarded, 2U);
  EXPECT_EQ(set_.status()[0].nameless, 1U);
}

TEST_F(LogSetTest, AFileGoesOnWhereItIsWhateverItsFormat) {
  ASSERT_TRUE(set_.follow({plain("a.log")}, proxies("192.0.2.0/24")));
  append("a.log", kLine);
  EXPECT_THAT(take(), ElementsAre("10.0.0.1"));
  append("a.log", "10.0.0.2 1795500001 \"/x\"");
  intake::LogOptions other = plain("a.log");
  other.pattern = R"($remote_addr $msec "$uri")";
  ASSERT_TRUE(set_.follow({other}, proxies("192.0.2.0/24")));
  EXPECT_THAT(take(), ElementsAre("10.0.0.2"));
  // And as one of many.
  append("a.log", "10.0.0.3 1795500001 \"/x\"");
  other.path = folder_ / "*.log";
  ASSERT_TRUE(set_.follow({other}, proxies("192.0.2.0/24")));
  EXPECT_THAT(take(), ElementsAre("10.0.0.3"));
}

TEST_F(LogSetTest, ASocketStaysOpenWhenItIsReadDifferently) {
  intake::LogOptions socket = plain("");
  socket.path.clear();
  socket.listen = "unix:" + (folder_ / "log.sock").string();
  ASSERT_TRUE(set_.follow({socket}, nullptr));
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(socket.listen.substr(5), std::begin(address.sun_path));
  ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const std::string line = "10.0.0.4 1795500001 \"/x\"";
  ASSERT_EQ(::send(fd.get(), line.data(), line.size(), 0), static_cast<ssize_t>(line.size()));
  socket.pattern = R"($remote_addr $msec "$uri")";
  ASSERT_TRUE(set_.follow({socket}, nullptr));
  EXPECT_THAT(take(), ElementsAre("10.0.0.4"));
  EXPECT_EQ(set_.status()[0].path, socket.listen);
  EXPECT_EQ(set_.status()[0].state, control::LogState::following);
}

TEST_F(LogSetTest, ALogThatIsRotatedToAnUnreadableFileIsSaid) {
  if (::geteuid() != 0) SLUICE_SKIP("needs to run as root");
  std::filesystem::permissions(folder_, std::filesystem::perms(0755));
  append("dead.log", "old");
  append("live.log", "old");
  ASSERT_TRUE(set_.follow({plain("dead.log"), plain("live.log"), plain("*.log")}, nullptr));
  std::filesystem::rename(folder_ / "dead.log", folder_ / "dead.log.1");
  append("dead.log", kLine);
  append("live.log", kLine);
  std::filesystem::permissions(folder_ / "dead.log", std::filesystem::perms(0600));
  ASSERT_EQ(::setegid(65534) + ::seteuid(65534), 0);
  const auto seen = take();
  const auto rows = set_.status();
  ASSERT_EQ(::seteuid(0) + ::setegid(0), 0);
  EXPECT_THAT(seen, ElementsAre("10.0.0.1", "10.0.0.1")) << "of the live one, followed twice";
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_NE(rows[0].state, control::LogState::following);
  EXPECT_THAT(rows[0].state.to_string(), HasSubstr("dead.log: Permission denied"));
  EXPECT_EQ(rows[1].state, control::LogState::following);
  EXPECT_EQ(rows[1].files_refused, 0U);
  EXPECT_EQ(rows[2].state, control::LogState::following);
  EXPECT_EQ(rows[2].files, 1U);
  EXPECT_EQ(rows[2].files_refused, 1U);
  EXPECT_THAT(rows[2].refused_because, HasSubstr("dead.log: Permission denied"));
}

TEST_F(LogSetTest, SaysWhatTheRequestsAreLike) {
  ASSERT_TRUE(set_.follow({plain("a.log")}, nullptr));
  append("a.log", R"(10.0.0.1 1795400000 "GET / HTTP/1.1" "-")");
  append("a.log", kLine);
  for (int i = 0; i < 200; ++i)
    append("a.log", R"(10.0.0.1 1795500001 "GET /a HTTP/1.1" "-")");
  EXPECT_EQ(take().size(), 202U);
  const control::LogStatus row = set_.status()[0];
  EXPECT_EQ(row.recent_requests, 202U);
  EXPECT_EQ(row.recent_old, 1U);
  EXPECT_EQ(row.last_line, WallTime(Seconds(1'795'500'001)));
  EXPECT_THAT(row.lacks, ElementsAre(control::LogLack::user_agents, control::LogLack::referers,
                                     control::LogLack::accounts));
}

TEST_F(LogSetTest, OneLogThatFallsSilentIsNotHiddenByAnother) {
  ASSERT_TRUE(set_.follow({plain("live.log"), plain("dead.log")}, nullptr));
  KernelTime now;
  std::uint64_t packets = 0;
  const auto minute = [&](const std::vector<std::string>& logs) {
    for (const std::string& log : logs) {
      for (int i = 0; i < 20; ++i)
        append(log, kLine);
    }
    take();
    now.ns += 60'000'000'000;
    packets += 800;
    set_.look_for_silence(packets, now);
  };
  for (int i = 0; i < 10; ++i)
    minute({"live.log", "dead.log"});
  for (int i = 0; i < 12; ++i)
    minute({"live.log"});
  EXPECT_EQ(set_.status()[0].silent_packets, 0U);
  EXPECT_EQ(set_.status()[1].silent_packets, 12U * 800);
  EXPECT_EQ(set_.status()[1].silent_seconds, 12 * 60);
}

TEST_F(LogSetTest, OneFileThatFallsSilentIsNotHiddenByTheOthersOfItsPattern) {
  for (const char* name : {"busy.log", "dead.log", "quiet.log"})
    append(name, kLine);
  ASSERT_TRUE(set_.follow({plain("*.log")}, nullptr));
  KernelTime now;
  std::uint64_t packets = 0;
  const auto round = [&](const std::vector<std::string>& logs) {
    for (const std::string& log : logs)
      append(log, kLine);
    take();
    now.ns += 5'000'000'000;
    packets += 60;
    set_.look_for_silence(packets, now);
  };
  for (int i = 0; i < 200; ++i)
    round(i % 50 == 0 ? std::vector<std::string>{"busy.log", "dead.log", "quiet.log"}
                      : std::vector<std::string>{"busy.log", "dead.log"});
  EXPECT_EQ(set_.status()[0].silent_files, 0U);
  for (int i = 0; i < 120; ++i)
    round({"busy.log"});
  const control::LogStatus row = set_.status()[0];
  EXPECT_EQ(row.silent_packets, 0U);
  EXPECT_EQ(row.silent_files, 1U);
  EXPECT_EQ(row.silent_file, (folder_ / "dead.log").string());
  EXPECT_EQ(row.silent_file_seconds, 120 * 5);
  std::filesystem::remove(folder_ / "dead.log");
  round({"busy.log"});
  EXPECT_EQ(set_.status()[0].silent_files, 0U) << "one that is gone is not silent";
}

TEST_F(LogSetTest, ShowsALineThatCannotBeReadUntilItIsReadDifferently) {
  ASSERT_TRUE(set_.follow({plain("a.log")}, nullptr));
  append("a.log", "first\x1b nonsense");
  append("a.log", kLine);
  take();
  EXPECT_THAT(set_.status()[0].unreadable_example,
              testing::AllOf(HasSubstr("mismatch: "), HasSubstr("nonsense")));
  EXPECT_EQ(set_.status()[0].recent_unreadable, 1U);
  intake::LogOptions other = plain("a.log");
  other.format = intake::formats::kCombined;
  other.pattern.clear();
  ASSERT_TRUE(set_.follow({other}, nullptr));
  EXPECT_EQ(set_.status()[0].unreadable_example, "");
  EXPECT_EQ(set_.status()[0].recent_unreadable, 0U);
  EXPECT_EQ(set_.status()[0].unreadable, 1U);
}

TEST_F(LogSetTest, CountsLinesThatWereCut) {
  ASSERT_TRUE(set_.follow({plain("a.log")}, nullptr));
  append("a.log", kLine);
  append("a.log", R"(10.0.0.1 1795500000 "GET /people/1?q=)" + std::string(900, 'q'));
  append("a.log", R"(10.0.0.1 1795500000 "GET /people/1)");
  EXPECT_EQ(take().size(), 3U);
  const control::LogStatus row = set_.status()[0];
  EXPECT_EQ(row.unreadable, 0U);
  EXPECT_EQ(row.cut, 2U);
  EXPECT_EQ(row.paths_cut, 1U);
  EXPECT_EQ(row.recent_cut, 2U);
}

TEST_F(LogSetTest, ALineForWhichThereIsNoMemoryIsCountedAsLost) {
  LogSet set(io_.get_executor(),
             [this](const detection::Request& r) {
               if (clients_.empty()) {
                 clients_.emplace_back("none");
                 throw std::bad_alloc();
               }
               clients_.push_back(r.client.to_string());
               return false;
             },
             {});
  ASSERT_TRUE(set.follow({plain("a.log")}, nullptr));
  append("a.log", kLine);
  append("a.log", kLine);
  EXPECT_THAT(take(), ElementsAre("none", "10.0.0.1"));
  EXPECT_EQ(set.lost(), 1U);
  EXPECT_EQ(set.status()[0].lines, 2U);
  set.stop();
}

TEST_F(LogSetTest, ASocketThatEveryUserMayWriteToIsSaid) {
  intake::LogOptions closed = plain("");
  closed.path.clear();
  closed.listen = "unix:" + (folder_ / "log.sock").string();
  intake::LogOptions open = closed;
  open.listen = "udp:127.0.0.1:" + std::to_string(test::free_udp_port());
  ASSERT_TRUE(set_.follow({closed, open}, nullptr));
  EXPECT_FALSE(set_.status()[0].open_to_all);
  EXPECT_TRUE(set_.status()[1].open_to_all);
  std::filesystem::permissions(folder_ / "log.sock", std::filesystem::perms(0666));
  EXPECT_TRUE(set_.status()[0].open_to_all);
  // Agreed to in the configuration.
  open.trust_local_users = true;
  ASSERT_TRUE(set_.follow({open}, nullptr));
  EXPECT_FALSE(set_.status()[0].open_to_all);
}

TEST_F(LogSetTest, AReloadThatFailsChangesNothing) {
  ASSERT_TRUE(set_.follow({plain("a.log")}, nullptr));
  std::filesystem::create_directory(folder_ / "folder.log");
  const auto done = set_.follow({plain("a.log"), plain("folder.log")}, proxies("10.0.0.0/8"));
  ASSERT_FALSE(done);
  append("a.log", kLine);
  EXPECT_THAT(take(), ElementsAre("10.0.0.1"));
  const auto errors = set_.follow_what_can_be({plain("a.log"), plain("folder.log")}, proxies("10.0.0.0/8"));
  EXPECT_EQ(errors.size(), 1U);
  append("a.log", kLine);
  EXPECT_THAT(take(), ElementsAre("198.51.100.9"));
  EXPECT_THAT(set_.retry(), IsEmpty());
  std::filesystem::remove(folder_ / "folder.log");
  EXPECT_THAT(set_.retry(), ElementsAre((folder_ / "folder.log").string()));
}

}  // namespace
}  // namespace sluice::app
