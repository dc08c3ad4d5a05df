// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/housekeeping.h"

#include <chrono>
#include <new>
#include <utility>

#include <spdlog/spdlog.h>

#include "daemon/base/clock.h"
#include "daemon/kernel/maps/counters.h"

namespace sluice::app {
namespace {

constexpr auto kBetweenRounds = std::chrono::seconds(5);
// An attach changes interfaces first, and the maps at its end.
constexpr auto kAfterLinkChange = std::chrono::milliseconds(500);

}  // namespace

Result<std::unique_ptr<Housekeeping>> Housekeeping::create(const boost::asio::any_io_executor& executor,
                                                           Parts parts) {
  // The watch is made second, for it calls the housekeeping. Nobody else sees the housekeeping before.
  std::unique_ptr<Housekeeping> made(new Housekeeping(executor, parts));
  auto links = kernel::LinkWatch::create(executor, [self = made.get()] { self->on_link_change(); });
  if (!links) return links.error();
  made->links_.emplace(*std::move(links));
  made->await_round(Nanoseconds(0));
  return made;
}

Housekeeping::Housekeeping(const boost::asio::any_io_executor& executor, Parts parts)
    : parts_(parts), timer_(executor) {}

// A wait ends with an error where stop() or a newer wait has taken its place: that round is left out.
void Housekeeping::await_round(Nanoseconds wait) {
  timer_.expires_after(wait);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) round();
  });
}

// Where memory ends in the middle of a round the next one does what is left.
void Housekeeping::round() {
  try {
    if (!do_tasks()) return;
  } catch (const std::bad_alloc&) {
    spdlog::error("memory ran out in the middle of a round");
  }
  await_round(kBetweenRounds);
}

bool Housekeeping::do_tasks() {
  parts_.memory.look_at_group(kernel_now());
  look_for_log_gap();
  parts_.still_served.look(wall_now());
  parts_.state.keep(wall_now());
  parts_.logs.retry();
  parts_.protection.look_again(parts_.config);
  parts_.clock.look();
  if (!parts_.filter.look()) return false;
  parts_.interfaces.look();
  return true;
}

void Housekeeping::look_for_log_gap() {
  const auto counters = kernel::read_counters(parts_.maps);
  if (!counters) return;  // status says so
  const std::uint64_t packets = counters->reasons[SLUICE_PASS_DEFAULT].packets;
  const KernelTime now = kernel_now();
  parts_.log_gap.look(packets, parts_.logs.lines(), now);
  parts_.logs.look_for_silence(packets, now);
}

void Housekeeping::on_link_change() {
  parts_.interfaces.look();
  if (timer_.expiry() - std::chrono::steady_clock::now() > kAfterLinkChange) await_round(kAfterLinkChange);
}

void Housekeeping::stop() {
  stopped_ = true;
  timer_.cancel();
  links_.reset();
}

}  // namespace sluice::app
