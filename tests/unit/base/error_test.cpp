// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/error.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Error, SaysWhatAndWhy) {
  const Error error = Error::system("open x", ENOENT);
  EXPECT_EQ(error.message(), "open x: No such file or directory");
  EXPECT_EQ(error.code(), ENOENT);
  EXPECT_EQ(Error("in words").code(), 0);
}

TEST(Error, GainsContextAndKeepsItsCode) {
  const Error error = Error::system("open x", EACCES).in("start").in("sluiced");
  EXPECT_EQ(error.message(), "sluiced: start: open x: Permission denied");
  EXPECT_EQ(error.code(), EACCES);
}

TEST(ResultDeathTest, TheValueOfAFailureEndsTheProcess) {
  const Result<int> failure = Error("no");
  EXPECT_DEATH(static_cast<void>(failure.value()), "");
}

}  // namespace
}  // namespace sluice
