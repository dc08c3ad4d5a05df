// SPDX-License-Identifier: Apache-2.0
// How a test says that this machine cannot run it. Used by every test layer. Needs a `void` test body or
// SetUp().
#pragma once

#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

// Skips with the reason; where the environment variable CI is set, that is a failure: CI can do all of it, so
// a skip there would hide a test that no longer runs.
#define SLUICE_SKIP(reason)                                                          \
  do {                                                                               \
    if (std::getenv("CI") != nullptr) GTEST_FAIL() << "skipped in CI: " << (reason); \
    GTEST_SKIP() << (reason);                                                        \
  } while (false)

// For what loads programs, makes namespaces or opens raw sockets.
#define SLUICE_SKIP_UNLESS_ROOT()                              \
  do {                                                         \
    if (::geteuid() != 0) SLUICE_SKIP("needs to run as root"); \
  } while (false)
