// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/events/hello_assembler.h"

#include <algorithm>
#include <utility>

namespace sluice::kernel {
namespace {

// The record header and the first byte of the handshake (RFC 8446, 5.1 and 4): 22, a version of 3.x, the
// record's length, and 1 for a ClientHello.
constexpr std::size_t kStart = 6;
constexpr std::size_t kRecordHeader = 5;

// The length of the hello that begins there; 0 if none does.
std::size_t hello_bytes(std::span<const std::uint8_t> payload) {
  if (payload.size() < kStart || payload[0] != 22 || payload[1] != 3 || payload[5] != 1) return 0;
  const std::size_t length = static_cast<std::size_t>(payload[3]) << 8 | payload[4];
  return kRecordHeader + length;
}

bool same_flow(const FrameSummary& left, const FrameSummary& right) {
  return left.source == right.source && left.source_port == right.source_port &&
         left.destination == right.destination && left.destination_port == right.destination_port;
}

}  // namespace

bool HelloAssembler::take(std::span<const std::uint8_t> frame, std::size_t payload_at, WallTime time) {
  const auto flow = summarize(frame);
  if (!flow || !flow->sequence || payload_at >= frame.size()) return false;
  const auto payload = frame.subspan(payload_at);
  // A hello that was begun comes first: the rest of one may look like the beginning of another.
  return continue_hello(*flow, payload) || begin_hello(*flow, payload, time);
}

bool HelloAssembler::continue_hello(const FrameSummary& flow, std::span<const std::uint8_t> payload) {
  const auto waiting = std::ranges::find_if(waiting_, [&](const Waiting& each) {
    return each.next == *flow.sequence && same_flow(each.flow, flow);
  });
  if (waiting == waiting_.end()) return false;
  const auto part = payload.first(std::min(payload.size(), waiting->wanted - waiting->bytes.size()));
  waiting->bytes.insert(waiting->bytes.end(), part.begin(), part.end());
  waiting->next += static_cast<std::uint32_t>(payload.size());
  if (waiting->bytes.size() < waiting->wanted) return true;
  const Waiting done = std::move(*waiting);
  waiting_.erase(waiting);
  deliver(done.flow, done.time, done.bytes, done.wanted == done.all);
  return true;
}

bool HelloAssembler::begin_hello(const FrameSummary& flow, std::span<const std::uint8_t> payload,
                                 WallTime time) {
  const std::size_t all = hello_bytes(payload);
  if (all == 0) return false;
  const std::size_t wanted = std::min(all, kMaxBytes);
  const auto part = payload.first(std::min(payload.size(), wanted));
  if (part.size() == wanted) {
    deliver(flow, time, part, wanted == all);
    return true;
  }
  // A client that begins again has given up its first hello.
  std::erase_if(waiting_, [&](const Waiting& each) { return same_flow(each.flow, flow); });
  if (waiting_.size() == kMaxWaiting) {
    const Waiting oldest = std::move(waiting_.front());
    waiting_.pop_front();
    deliver(oldest.flow, oldest.time, oldest.bytes, false);
  }
  waiting_.push_back({flow, *flow.sequence + static_cast<std::uint32_t>(payload.size()), wanted, all, time,
                      std::vector(part.begin(), part.end())});
  return true;
}

void HelloAssembler::deliver(const FrameSummary& flow, WallTime time, std::span<const std::uint8_t> bytes,
                             bool whole) {
  handler_({.time = time,
            .client = flow.source,
            .client_port = *flow.source_port,
            .port = *flow.destination_port,
            .bytes = bytes,
            .whole = whole});
}

}  // namespace sluice::kernel
