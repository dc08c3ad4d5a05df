// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

int open_null() {
  return open("/dev/null", O_RDONLY | O_CLOEXEC);
}
bool is_open(int fd) {
  return fcntl(fd, F_GETFD) != -1;
}

TEST(UniqueFd, ClosesWhatItOwns) {
  const int number = open_null();
  {
    const UniqueFd fd(number);
    EXPECT_TRUE(fd);
    EXPECT_EQ(fd.get(), number);
  }
  EXPECT_FALSE(is_open(number));
  EXPECT_FALSE(UniqueFd());
}

TEST(UniqueFd, HasOneOwner) {
  UniqueFd first(open_null());
  const int number = first.get();
  UniqueFd second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what a move leaves is promised
  EXPECT_EQ(second.get(), number);
  const int replaced = open_null();
  UniqueFd third(replaced);
  third = std::move(second);
  EXPECT_FALSE(is_open(replaced));
  EXPECT_TRUE(is_open(number));
  UniqueFd& alias = third;
  third = std::move(alias);
  EXPECT_TRUE(is_open(number));
  const int released = third.release();
  EXPECT_FALSE(third);
  EXPECT_TRUE(is_open(released));
  EXPECT_EQ(close(released), 0);
}

}  // namespace
}  // namespace sluice
