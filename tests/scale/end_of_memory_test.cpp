// SPDX-License-Identifier: Apache-2.0
// A detector in a process that may take no more memory: a child of the test, with a limit of the kernel.
// Sanitizers need terabytes of address space, so this is no unit test.
#include <fstream>
#include <functional>
#include <new>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/app/health/memory_guard.h"
#include "tests/unit/app/quiet_detection.h"

namespace sluice::app {
namespace {

std::size_t address_space() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// The page of visitor `n`, with a user agent and an account of its own.
void visit(decisions::Pipeline& pipeline, unsigned n) {
  const std::string agent = "Mozilla/5.0 (X11) Agent/" + std::to_string(n) + std::string(200, 'a');
  const std::string account = "account-" + std::to_string(n);
  const std::string target = "/people/" + std::to_string(n);
  detection::Request request;
  request.time = WallTime(Seconds(1'790'000'000 + n / 100));
  request.client = Address::from_v4({10, static_cast<std::uint8_t>(n >> 16U),
                                     static_cast<std::uint8_t>(n >> 8U), static_cast<std::uint8_t>(n)});
  request.method = "GET";
  request.target = target;
  request.status = 200;
  request.user_agent = agent;
  request.account = account;
  request.fields = {detection::LogField::user_agent, detection::LogField::account};
  (void)pipeline.observe(request, request.time);
}

// Runs `body` in a child; what it returns is the child's status.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

TEST(MemoryGuard, ADetectorOutlivesTheEndOfMemory) {
  const int status = in_child([] {
    Detection detection;
    MemoryGuard guard(*detection.pipeline);
    for (unsigned n = 0; n < 1000; ++n)
      visit(*detection.pipeline, n);
    const rlimit limit{address_space() + (12U << 20U), RLIM_INFINITY};
    if (::setrlimit(RLIMIT_AS, &limit) != 0) return 2;
    unsigned lost = 0;
    for (unsigned n = 0; n < 200'000; ++n) {
      try {
        guard.look();
        visit(*detection.pipeline, n);
      } catch (const std::bad_alloc&) {
        ++lost;
      }
    }
    if (guard.reliefs() == 0) return 3;
    // The tables find the size that there is memory for, and stay at it.
    if (guard.reliefs() > 40) return 6;
    if (lost > 200) return 4;
    // The last visitor is known: it goes on finding.
    return detection.pipeline->detector().find(Prefix(Address::from_v4({10, 3, 13, 63}), 32)) != nullptr ? 0
                                                                                                         : 5;
  });
  EXPECT_EQ(status, 0);
}

TEST(MemoryGuard, WithoutItMemoryEnds) {
  const int status = in_child([] {
    Detection detection;
    const rlimit limit{address_space() + (12U << 20U), RLIM_INFINITY};
    if (::setrlimit(RLIMIT_AS, &limit) != 0) return 2;
    try {
      for (unsigned n = 0; n < 200'000; ++n)
        visit(*detection.pipeline, n);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    return 3;
  });
  EXPECT_EQ(status, 0) << "or the test above shows nothing";
}

}  // namespace
}  // namespace sluice::app
