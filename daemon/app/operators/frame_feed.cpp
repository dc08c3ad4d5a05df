// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/frame_feed.h"

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include <net/if.h>

#include "daemon/kernel/events/frame.h"
#include "daemon/kernel/maps/counters.h"

namespace sluice::app {
namespace {

// How soon somebody who begins to watch sees something, and how much of a second's credit is given at a time.
constexpr auto kRefill = std::chrono::milliseconds(250);

// A screen of lines a second for a person; for a capture as much as the ring buffer holds between two turns
// of a loop that is busy: 656 frames.
constexpr std::int64_t kSamples = 10;
constexpr std::int64_t kCaptures = 500;

// Hellos in that time, of all sources: 2,000 a second. Beyond it the detector goes without their
// fingerprints.
constexpr std::int64_t kHellos = 500;

void give(__s64& credits, bool watched, std::int64_t amount) {
  std::atomic_ref(credits).store(watched ? amount : 0, std::memory_order_relaxed);
}

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

}  // namespace

FrameFeed::FrameFeed(const boost::asio::any_io_executor& executor, kernel::FilterMaps& maps,
                     KernelEventService& events, control::Server& server)
    : maps_(maps),
      server_(server),
      timer_(executor),
      frames_(events.subscribe_to_frames([this](const kernel::DroppedFrame& frame) { take(frame); })) {
  refill();
}

void FrameFeed::stop() {
  stopped_ = true;
  frames_.end();
  timer_.cancel();
  give(maps_.watch->samples, false, 0);
  give(maps_.watch->captures, false, 0);
  give(maps_.watch->hellos, false, 0);
}

void FrameFeed::refill() {
  give(maps_.watch->samples, server_.is_watched(control::FrameKind::samples), kSamples / 4 + 1);
  give(maps_.watch->captures, server_.is_watched(control::FrameKind::captures), kCaptures);
  give(maps_.watch->hellos, maps_.settings.hellos != 0, kHellos);
  timer_.expires_after(kRefill);
  timer_.async_wait([this](const boost::system::error_code& error) {
    // An error is a cancelled wait: the credit ends with it. A wait that was over before stop() comes without
    // an error.
    if (!error && !stopped_) refill();
  });
}

void FrameFeed::take(const kernel::DroppedFrame& frame) {
  control::Frame told;
  told.time = frame.time;
  told.time_ns = std::chrono::duration_cast<Nanoseconds>(frame.time.time_since_epoch()).count();
  std::array<char, IF_NAMESIZE> name{};
  if (if_indextoname(frame.interface, name.data()) != nullptr) told.interface = name.data();
  told.reason = kernel::to_string(frame.reason);
  if (const auto summary = kernel::summarize(frame.bytes)) {
    told.source = summary->source;
    told.destination = summary->destination;
    told.protocol = summary->protocol;
    if (summary->source_port) told.source_port = *summary->source_port;
    if (summary->destination_port) told.destination_port = *summary->destination_port;
  }
  told.bytes = frame.frame_bytes;
  told.data = hexadecimal(frame.bytes);
  server_.publish(told, frame.whole ? control::FrameKind::captures : control::FrameKind::samples);
}

}  // namespace sluice::app
