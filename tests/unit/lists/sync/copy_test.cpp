// SPDX-License-Identifier: Apache-2.0
// The copies on disk, and when sources are asked again.
#include "daemon/lists/sync/copy.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/lists/sync/schedule.h"

namespace sluice::lists {
namespace {

using testing::HasSubstr;

constexpr std::size_t kMostBytes = 1'000'000;
const WallTime kFetched{Seconds(1'800'000'000)};

class Copies : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "sluice-copy-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ / "lists" / "drop";  // the folder is made at need
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static Copy made() {
    return {"192.0.2.1\n\nurl: nonsense\n",
            {"W/\"x y\"", "Thu, 26 Nov 2026 20:00:00 GMT"},
            "/key.pem",
            kFetched,
            kFetched + Seconds(60)};
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(Copies, AreReadAsTheyWereWritten) {
  ASSERT_TRUE(save_copy(path_, "https://example.org/x", made()));
  const auto read = load_copy(path_, "https://example.org/x", kMostBytes);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_TRUE(*read);
  EXPECT_EQ((*read)->text, made().text);
  EXPECT_EQ((*read)->version.etag, "W/\"x y\"");
  EXPECT_EQ((*read)->version.last_modified, "Thu, 26 Nov 2026 20:00:00 GMT");
  EXPECT_EQ((*read)->verified_by, "/key.pem");
  EXPECT_EQ((*read)->fetched, kFetched);
  EXPECT_EQ((*read)->checked, kFetched + Seconds(60));
  ASSERT_TRUE(confirm_copy(path_, kFetched + Seconds(7200)));
  EXPECT_EQ((*load_copy(path_, "https://example.org/x", kMostBytes))->checked, kFetched + Seconds(7200));
  Copy bare{"x", {}, "", kFetched, kFetched};
  ASSERT_TRUE(save_copy(path_, "https://example.org/x", bare));
  EXPECT_EQ((*load_copy(path_, "https://example.org/x", kMostBytes))->version.etag, "");
}

TEST_F(Copies, OfAnotherSourceOrNoneAreNone) {
  EXPECT_FALSE(*load_copy(path_, "https://example.org/x", kMostBytes));
  ASSERT_TRUE(save_copy(path_, "https://example.org/x", made()));
  const auto other = load_copy(path_, "https://example.org/y", kMostBytes);
  ASSERT_TRUE(other);
  EXPECT_FALSE(*other);
}

TEST_F(Copies, WhatIsDamagedIsSaidAndNotUsed) {
  ASSERT_TRUE(save_copy(path_, "https://example.org/x", made()));
  std::fstream(path_, std::ios::in | std::ios::out | std::ios::ate) << "192.0.2.2\n";
  EXPECT_THAT(load_copy(path_, "https://example.org/x", kMostBytes).error().message(),
              HasSubstr("drop: the copy is damaged, its text is not the one that was written"));
  std::ofstream(path_) << "nonsense\n\n";
  EXPECT_THAT(load_copy(path_, "https://example.org/x", kMostBytes).error().message(), HasSubstr("its head"));
  std::ofstream(path_) << "";
  EXPECT_THAT(load_copy(path_, "https://example.org/x", kMostBytes).error().message(), HasSubstr("its head"));
}

TEST_F(Copies, AFailureLeavesTheOldOne) {
  ASSERT_TRUE(save_copy(path_, "https://example.org/x", made()));
  std::filesystem::create_directory(path_ + ".new");  // in the way of the file that is to be renamed
  Copy other = made();
  other.text = "192.0.2.9\n";
  EXPECT_FALSE(save_copy(path_, "https://example.org/x", other));
  EXPECT_EQ((*load_copy(path_, "https://example.org/x", kMostBytes))->text, made().text);
}

TEST(Version, OnlyPrintableAndShortIsKept) {
  EXPECT_TRUE(is_version_text("\"abc\""));
  EXPECT_TRUE(is_version_text(""));
  EXPECT_FALSE(is_version_text("a\r\nb"));
  EXPECT_FALSE(is_version_text("a\nurl: b"));
  EXPECT_FALSE(is_version_text(std::string(513, 'x')));
}

TEST(Schedule, SuccessSpreadsWhoWasStartedTogether) {
  EXPECT_EQ(pause_after_success(Seconds(3600), 0), Seconds(3600));
  EXPECT_EQ(pause_after_success(Seconds(3600), 1), Seconds(3960));
}

TEST(Schedule, FailuresAreAskedAgainLaterAndLater) {
  const Seconds every(24 * 3600);
  EXPECT_EQ(pause_after_failure(1, every, {}, 1), Seconds(60));
  EXPECT_EQ(pause_after_failure(1, every, {}, 0), Seconds(30));
  EXPECT_EQ(pause_after_failure(2, every, {}, 1), Seconds(120));
  EXPECT_EQ(pause_after_failure(6, every, {}, 1), Seconds(1920));
  EXPECT_EQ(pause_after_failure(9, every, {}, 1), Seconds(15360));
  EXPECT_EQ(pause_after_failure(10, every, {}, 1), Seconds(6 * 3600));
  EXPECT_EQ(pause_after_failure(4'000'000'000U, every, {}, 1), Seconds(6 * 3600));
  EXPECT_EQ(pause_after_failure(10, Seconds(300), {}, 1), Seconds(300));
  EXPECT_EQ(pause_after_failure(10, Seconds(10), {}, 1), Seconds(60));
  EXPECT_EQ(pause_after_failure(1, Seconds(10), {}, 1), Seconds(10));
  EXPECT_EQ(pause_after_failure(2, Seconds(10), {}, 1), Seconds(20));
  EXPECT_EQ(pause_after_failure(1, every, Seconds(7200), 1), Seconds(7200));
  EXPECT_EQ(pause_after_failure(1, every, Seconds(10'000'000), 1), Seconds(86'400));
}

}  // namespace
}  // namespace sluice::lists
