// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/whole_file.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/recognise.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::HasSubstr;

constexpr std::string_view kCommon = R"(192.0.2.1 - - [24/Nov/2026:08:07:24 +0200] "GET /1 HTTP/1.1" 200 1)";
constexpr std::string_view kJson = R"({"time":1,"remote_addr":"192.0.2.1","uri":"/"})";

std::optional<Format> recognised(std::string_view text) {
  const std::vector<LogOptions> formats = candidates({});
  const LogOptions* format = recognise(text, formats);
  return format == nullptr ? std::nullopt : std::optional(format->format);
}

class File : public testing::Test {
 protected:
  Result<FileSummary> read(std::string_view text, std::optional<Format> format = std::nullopt) {
    folder_.append("log", text);
    return read_log(format);
  }
  Result<FileSummary> read_log(std::optional<Format> format = std::nullopt) {
    std::vector<LogOptions> formats = candidates({});
    if (format) std::erase_if(formats, [&](const LogOptions& log) { return log.format != *format; });
    return read_whole_log(folder_ / "log", formats, nullptr, [this](const detection::Request& request) {
      targets_.emplace_back(request.target);
    });
  }

  LogFolder folder_;
  std::vector<std::string> targets_;
};

TEST_F(File, FormatsAreRecognised) {
  const std::string common(kCommon);
  EXPECT_EQ(recognised(common + " \"-\" \"-\"\n" + common), formats::kCombined);
  EXPECT_EQ(recognised(common + "\n" + common + "\n"), formats::kCommon);
  EXPECT_EQ(recognised(std::string(kJson) + "\n"), formats::kJson);
  EXPECT_EQ(recognised(std::string("garbage\n\n") + std::string(kJson)), std::nullopt);
  EXPECT_EQ(recognised(std::string("garbage\n\n") + std::string(kJson) + "\n"), formats::kJson);
  EXPECT_EQ(recognised(kJson), formats::kJson);
  EXPECT_EQ(recognised(""), std::nullopt);
}

TEST_F(File, IsReadToItsEnd) {
  const auto summary = read(std::string(kCommon) + "\nnonsense\n" + std::string(kCommon));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->format, formats::kCommon);
  EXPECT_EQ(summary->lines.lines, 3U);
  EXPECT_EQ(summary->lines.requests, 2U);
  EXPECT_EQ(summary->first_unreadable, "line 2 (no_request): nonsense");
  EXPECT_EQ(targets_.size(), 2U);
}

TEST_F(File, OfManyPiecesIsReadWhole) {
  std::string text;
  while (text.size() < 1'000'000)
    text += std::string(kCommon) + "\n";
  const auto summary = read(text);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->lines.lines, text.size() / (kCommon.size() + 1));
  EXPECT_EQ(summary->lines.requests, summary->lines.lines);
}

TEST_F(File, MayBeCompressed) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += std::string(kCommon) + "\n";
  gzFile out = gzopen((folder_ / "log").c_str(), "wb");
  ASSERT_NE(out, nullptr);
  ASSERT_EQ(gzwrite(out, text.data(), static_cast<unsigned>(text.size())), static_cast<int>(text.size()));
  ASSERT_EQ(gzclose(out), Z_OK);
  const auto summary = read_log();
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->lines.requests, 20'000U);
  EXPECT_EQ(first_time(folder_ / "log", candidates({})), parse_time("2026-11-24T06:07:24Z").value());
  const auto size = std::filesystem::file_size(folder_ / "log");
  std::filesystem::resize_file(folder_ / "log", size / 2);
  EXPECT_THAT(read_log().error().message(), HasSubstr("log: the compressed file is cut off"));
}

TEST_F(File, AConfiguredFormatSaysMoreThanTheGeneralOneThatReadsItsLines) {
  LogOptions own{.format = formats::kNginx};
  own.pattern =
      R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time)";
  folder_.append("log", std::string(kCommon) + " \"-\" \"x\" 0.5\n");
  std::uint64_t duration = 0;
  const auto summary =
      read_whole_log(folder_ / "log", candidates({own}), nullptr,
                     [&](const detection::Request& request) { duration = request.duration_us; });
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->format, formats::kNginx);
  EXPECT_EQ(duration, 500'000U);
}

TEST_F(File, MayStandInAnEnvelope) {
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += "Nov 30 11:00:00 host nginx: " + std::string(kCommon) + "\nNov 30 11:00:00 host cron[1]: other\n";
  const auto summary = read(text);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->format, formats::kCommon);
  EXPECT_EQ(summary->envelopes, "syslog");
  EXPECT_EQ(summary->lines.requests, 20U);
  EXPECT_EQ(first_time(folder_ / "log", candidates({})), parse_time("2026-11-24T06:07:24Z").value());
}

TEST_F(File, OfJsonMayStandInJson) {
  std::string text;
  for (int i = 0; i < 20; ++i)
    text +=
        R"({"log":"{\"time\":1,\"remote_addr\":\"192.0.2.1\",\"uri\":\"/\"}\n","stream":"stdout","time":"2026-11-30T11:00:00Z"})"
        "\n";
  const auto summary = read(text);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->format, formats::kJson);
  EXPECT_EQ(summary->envelopes, "docker");
  EXPECT_EQ(summary->lines.requests, 20U);
}

// The first line alone is longer than what a format is usually recognised by.
TEST_F(File, OfLongLinesIsRecognised) {
  const std::string rest = " \"-\" \"" + std::string(300'000, 'x');
  std::string text;
  for (int i = 0; i < 10; ++i)
    text += std::string(kCommon) + rest + "\"\n";
  text += std::string(kCommon) + " \"-\" \"" + std::string(2 * kMaxLineBytes, 'y') + "\"\n";
  const auto summary = read(text);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->format, formats::kCombined);
  EXPECT_EQ(summary->lines.requests, 11U);
  EXPECT_EQ(summary->shortened, 1U);
}

TEST_F(File, MayBeEmpty) {
  const auto summary = read("");
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->lines.lines, 0U);
}

TEST_F(File, OfAnotherFormatIsAnError) {
  const auto summary = read("a\nb\n");
  ASSERT_FALSE(summary);
  EXPECT_THAT(summary.error().message(), HasSubstr("in none of the formats that are known or configured"));
  const auto told = read("", formats::kJson);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->lines.unreadable(), 2U);
}

TEST_F(File, ThatIsAbsentIsAnError) {
  const auto summary =
      read_whole_log(folder_ / "nothing", candidates({}), nullptr, [](const detection::Request&) {});
  ASSERT_FALSE(summary);
  EXPECT_THAT(summary.error().message(), HasSubstr("nothing: No such file or directory"));
  EXPECT_FALSE(read_whole_log(folder_ / "", candidates({}), nullptr, [](const detection::Request&) {}));
}

TEST_F(File, StandardInputIsRead) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd in(dup(STDIN_FILENO));
  ASSERT_EQ(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  const std::string text = std::string(kJson) + "\n" + std::string(kJson);
  ASSERT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(ends[1]);
  close(ends[0]);
  int requests = 0;
  const auto summary =
      read_whole_log("-", candidates({}), nullptr, [&](const detection::Request&) { ++requests; });
  ASSERT_EQ(dup2(in.get(), STDIN_FILENO), STDIN_FILENO);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->format, formats::kJson);
  EXPECT_EQ(requests, 2);
}

// Logs that others published. They are not ours to copy, so they lie beside the checkout, where there are
// any.
class PublishedLogs : public testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("SLUICE_SHARED_DATA");
    folder_ = given != nullptr ? std::filesystem::path(given)
                               : std::filesystem::path(SLUICE_SOURCE_DIR) / ".." / "shared" / "data";
    if (!std::filesystem::is_directory(folder_)) {
      GTEST_SKIP() << "no published logs at " << folder_ << "; name their folder with SLUICE_SHARED_DATA";
    }
  }

  FileSummary read(const std::string& name, Format expected) {
    requests_.clear();
    const auto summary = read_whole_log(
        (folder_ / name).string(), candidates({}), nullptr, [this](const detection::Request& request) {
          requests_.push_back({request.client.to_string(), std::string(request.method),
                               std::string(request.target), std::string(request.user),
                               format_time(request.time), request.status});
        });
    EXPECT_TRUE(summary) << name;
    EXPECT_EQ(summary->format, expected) << name;
    return *summary;
  }

  struct Kept {
    std::string client;
    std::string method;
    std::string target;
    std::string user;
    std::string time;
    int status;
  };

  std::filesystem::path folder_;
  std::vector<Kept> requests_;
};

TEST_F(PublishedLogs, ARealCombinedLog) {
  const auto summary = read("hackers-access/access.log", formats::kCombined);
  EXPECT_EQ(summary.lines.lines, 500U);
  EXPECT_EQ(summary.lines.requests, 500U);
  EXPECT_EQ(requests_.front().client, "195.154.46.135");
  EXPECT_EQ(requests_.front().target, "/linux/doing-pxe-without-dhcp-control");
  EXPECT_EQ(requests_.front().time, "2015-10-25T03:11:25Z");
}

TEST_F(PublishedLogs, ProbesThatAreNotHttp) {
  const auto summary =
      read("crowdsec-hub-cases/nginx-http-malformed/nginx_http-logs.log", formats::kCombined);
  EXPECT_EQ(summary.lines.lines, 12U);
  EXPECT_EQ(summary.lines.requests, 12U);
  for (const Kept& request : requests_) {
    EXPECT_EQ(request.client, "1.2.3.4");
    EXPECT_EQ(request.method, "");
    EXPECT_NE(request.target, "");
    EXPECT_EQ(request.status, 400);
  }
}

TEST_F(PublishedLogs, NginxWithAndWithoutTheHostInFront) {
  const auto summary = read("crowdsec-hub-cases/nginx_http-logs/nginx_http-logs.log", formats::kCombined);
  EXPECT_EQ(summary.lines.lines, 9U);
  // Three lines name the host first, which combined does not know; one is of the error log.
  EXPECT_EQ(summary.lines.requests, 5U);
  EXPECT_EQ(summary.lines.faults[static_cast<std::size_t>(ParseFault::bad_client)], 3U);
  EXPECT_EQ(summary.lines.faults[static_cast<std::size_t>(ParseFault::no_time)], 1U);
  ASSERT_EQ(requests_.size(), 5U);
  EXPECT_EQ(requests_[3].user, "user123");
  EXPECT_EQ(requests_[4].target, "/api/test");
}

TEST_F(PublishedLogs, TraefikAddsFieldsToCombined) {
  const auto summary = read("crowdsec-hub-cases/traefik_clf/traefik_clf.log", formats::kCombined);
  EXPECT_EQ(summary.lines.lines, 9U);
  EXPECT_EQ(summary.lines.requests, 7U);
  EXPECT_EQ(summary.lines.faults[static_cast<std::size_t>(ParseFault::empty)], 2U);
  ASSERT_EQ(requests_.size(), 7U);
  EXPECT_EQ(requests_[4].status, 0);  // "-"
  EXPECT_EQ(requests_[5].target, "/birthday");
}

TEST_F(PublishedLogs, AUserAgentOfAScanner) {
  const auto summary =
      read("crowdsec-hub-cases/nginx-bad-user-agent/nginx-bad-user-agent.log", formats::kCombined);
  EXPECT_EQ(summary.lines.requests, summary.lines.lines);
  EXPECT_EQ(requests_.front().method, "HEAD");
}

}  // namespace
}  // namespace sluice::intake
