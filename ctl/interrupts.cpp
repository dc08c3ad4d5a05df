// SPDX-License-Identifier: Apache-2.0
#include "ctl/interrupts.h"

#include <cerrno>
#include <csignal>
#include <ctime>

#include <sys/signalfd.h>
#include <unistd.h>

namespace sluice::ctl {
namespace {

// SIGALRM to this process when the time is over.
Result<void> set_alarm(Seconds time) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return Error::system("timer_create", errno);
  itimerspec when{};
  when.it_value.tv_sec = time.count();
  if (timer_settime(timer, 0, &when, nullptr) != 0) return Error::system("timer_settime", errno);
  return {};
}

}  // namespace

Result<UniqueFd> catch_interrupts(std::optional<Seconds> time) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGALRM})
    sigaddset(&signals, signal);
  if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return Error::system("sigprocmask", errno);
  if (time) {
    if (auto set = set_alarm(*time); !set) return set.error();
  }
  UniqueFd fd(signalfd(-1, &signals, SFD_CLOEXEC));
  if (!fd) return Error::system("signalfd", errno);
  return fd;
}

}  // namespace sluice::ctl
