// SPDX-License-Identifier: Apache-2.0
// When sources that failed are asked again, over a restart.
#include "daemon/lists/sync/retries.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::lists {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Retry kDrop{"drop", "https://example.org/drop", 3, WallTime(Seconds(1'800'000'000)), "status 503"};
const Retry kCdn{"cdn", "https://example.org/cdn", 1, WallTime(Seconds(1'800'000'060)), ""};

class RetriesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "sluice-retries-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ / "lists" / ".retries";  // the folder is made at need
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(RetriesTest, AreReadAsTheyWereWritten) {
  EXPECT_THAT(load_retries(path_), IsEmpty());
  ASSERT_TRUE(save_retries(path_, std::vector{kDrop, kCdn}));
  EXPECT_THAT(load_retries(path_), ElementsAre(kDrop, kCdn));
  ASSERT_TRUE(save_retries(path_, std::vector{kCdn}));
  EXPECT_THAT(load_retries(path_), ElementsAre(kCdn));
  ASSERT_TRUE(save_retries(path_, {}));
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(save_retries(path_, {}));
}

TEST_F(RetriesTest, WhatAServerSaidMakesNoLineOfItsOwn) {
  Retry told = kDrop;
  told.failure = "no\nevil\tx\thttps://e\t1\tnever";
  ASSERT_TRUE(save_retries(path_, std::vector{told}));
  const auto read = load_retries(path_);
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(read[0].name, "drop");
  EXPECT_EQ(read[0].failure, R"(no\x0aevil\x09x\x09https://e\x091\x09never)");
}

TEST_F(RetriesTest, DamagedLinesAreLeftOut) {
  ASSERT_TRUE(save_retries(path_, std::vector{kDrop}));
  std::ofstream(path_, std::ios::app)
      << "half\thttps://e\nname\turl\t0\t2026-11-27T00:00:00Z\t\nname\turl\t-1\t"
         "2026-11-27T00:00:00Z\t\nname\turl\t2x\t2026-11-27T00:00:00Z\t\n"
      << std::string(100, '\t') << "\n\n"
      << "cdn\thttps://example.org/cdn\t1\t2027-01-15T08:01:00Z\t";
  EXPECT_THAT(load_retries(path_), ElementsAre(kDrop, kCdn));
}

TEST_F(RetriesTest, ADiskThatRefusesIsSaid) {
  std::ofstream(folder_ / "lists") << "a file where the folder should be";
  const auto saved = save_retries(path_, std::vector{kDrop});
  ASSERT_FALSE(saved);
  EXPECT_THAT(saved.error().message(), testing::HasSubstr(".retries"));
}

}  // namespace
}  // namespace sluice::lists
