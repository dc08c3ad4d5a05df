// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/event_source.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/base/clock.h"
#include "daemon/kernel/hello_assembler.h"
#include "daemon/kernel/library_log.h"
#include "daemon/kernel/wire_address.h"

namespace sluice::kernel {
namespace {

// Records in one turn of the event loop: at about 100 ns each far below a millisecond, so that a flood of
// reports does not keep others waiting.
constexpr unsigned kRecordsPerTurn = 1024;

constexpr int kStop = -EAGAIN;  // any negative value ends ring_buffer__consume and comes back from it

}  // namespace

class EventSource::Reader : public std::enable_shared_from_this<Reader> {
 public:
  Reader(const boost::asio::any_io_executor& executor, Clocks clocks, unsigned ipv6_source_length,
         Handlers handlers)
      : clocks_(std::move(clocks)),
        ipv6_source_length_(ipv6_source_length),
        handlers_(std::move(handlers)),
        hellos_([this](const detection::Hello& hello) {
          ++counts_.hellos;
          handlers_.hello(hello);
        }),
        ring_(nullptr, ring_buffer__free),
        descriptor_(executor) {}

  Result<void> open(const MapFd& records, const MapFd& frames) {
    const LibraryLog log;
    ring_.reset(ring_buffer__new(records.get(), on_record, this, nullptr));
    if (!ring_) return log.error(fmt::format("{}: reading it", records.path()), errno);
    if (const int added = ring_buffer__add(ring_.get(), frames.get(), on_record, this)) {
      return log.error(fmt::format("{}: reading it", frames.path()), added);
    }
    // The descriptor is the ring buffer's own, and Asio closes what it is given.
    const int duplicate = fcntl(ring_buffer__epoll_fd(ring_.get()), F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) return Error::system("duplicating a descriptor", errno);
    boost::system::error_code error;
    descriptor_.assign(duplicate, error);
    if (error) {
      ::close(duplicate);
      return Error(fmt::format("{}: waiting for it: {}", records.path(), error.message()));
    }
    return {};
  }

  void wait() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [weak = weak_from_this()](const boost::system::error_code& error) {
                             const auto self = weak.lock();
                             if (error || !self) return;
                             self->consume();
                             // What is left over makes the descriptor ready at once, behind others' turns.
                             self->wait();
                           });
  }

  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  static int on_record(void* context, void* data, std::size_t size) noexcept {
    auto& self = *static_cast<Reader*>(context);
    self.take(data, size);
    return ++self.taken_ < kRecordsPerTurn ? 0 : kStop;
  }

  void consume() {
    taken_ = 0;
    wall_ = clocks_.wall();
    kernel_ = clocks_.kernel();
    const int outcome = ring_buffer__consume(ring_.get());
    if (outcome < 0 && outcome != kStop) {
      spdlog::error("reading the filter's reports: {}", Error::system("ring buffer", -outcome).message());
    }
  }

  // The record is copied: it lies in memory that the kernel writes again.
  void take(const void* data, std::size_t size) {
    sluice_record head{};
    if (size < sizeof head) {
      ++counts_.malformed;
      return;
    }
    std::memcpy(&head, data, sizeof head);
    switch (head.type) {
      case SLUICE_RECORD_ACTIVITY:
        return take_activity(head, data, size);
      case SLUICE_RECORD_SAMPLE:
      case SLUICE_RECORD_CAPTURE:
      case SLUICE_RECORD_HELLO:
        return take_frame(head, data, size);
      default:
        ++counts_.unknown;
    }
  }

  void take_frame(const sluice_record& head, const void* data, std::size_t size) {
    sluice_frame_record record{};
    if (head.size != size || size < sizeof record) {
      ++counts_.malformed;
      return;
    }
    std::memcpy(&record, data, sizeof record);
    if (record.captured > size - sizeof record || record.reason >= SLUICE_REASON_COUNT) {
      ++counts_.malformed;
      return;
    }
    // These need no copy: the bytes are taken or gone before the kernel may write there again.
    const std::span bytes(static_cast<const std::uint8_t*>(data) + sizeof record, record.captured);
    const WallTime time = to_wall_time({head.time_ns}, wall_, kernel_);
    if (head.type == SLUICE_RECORD_HELLO) {
      if (!hellos_.take(bytes, record.payload_at, time)) ++counts_.malformed;
      return;
    }
    ++counts_.dropped;
    handlers_.dropped({.time = time,
                       .reason = static_cast<sluice_reason>(record.reason),
                       .interface = record.interface,
                       .frame_bytes = record.frame_bytes,
                       .bytes = bytes,
                       .whole = head.type == SLUICE_RECORD_CAPTURE});
  }

  void take_activity(const sluice_record& head, const void* data, std::size_t size) {
    sluice_activity_record record{};
    const bool whole = head.size == sizeof record && size >= sizeof record;
    if (whole) std::memcpy(&record, data, sizeof record);
    const auto source = whole ? to_prefix(record.source, ipv6_source_length_) : std::nullopt;
    if (!source) {
      ++counts_.malformed;
      return;
    }
    ++counts_.activities;
    handlers_.activity({.time = to_wall_time({record.head.time_ns}, wall_, kernel_),
                        .source = *source,
                        .packets = record.activity.packets,
                        .bytes = record.activity.bytes,
                        .attempts = record.activity.attempts});
  }

  Clocks clocks_;
  unsigned ipv6_source_length_;
  Handlers handlers_;
  HelloAssembler hellos_;
  Counts counts_;
  unsigned taken_ = 0;  // in this turn
  WallTime wall_;       // both clocks at the turn's beginning
  KernelTime kernel_;
  std::unique_ptr<ring_buffer, decltype(&ring_buffer__free)> ring_;
  boost::asio::posix::stream_descriptor descriptor_;  // the last, so that it goes before what it waits for
};

EventSource::EventSource(std::shared_ptr<Reader> reader) : reader_(std::move(reader)) {}
EventSource::EventSource(EventSource&&) noexcept = default;
EventSource& EventSource::operator=(EventSource&&) noexcept = default;
EventSource::~EventSource() = default;

Result<EventSource> EventSource::create(const boost::asio::any_io_executor& executor, const FilterMaps& maps,
                                        Clocks clocks, Handlers handlers) {
  auto reader = std::make_shared<Reader>(executor, std::move(clocks), maps.settings.ipv6_source_length,
                                         std::move(handlers));
  if (auto opened = reader->open(maps.records, maps.frames); !opened) return opened.error();
  reader->wait();
  return EventSource(std::move(reader));
}

const EventSource::Counts& EventSource::counts() const {
  return reader_->counts();
}

}  // namespace sluice::kernel
