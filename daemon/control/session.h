// SPDX-License-Identifier: Apache-2.0
// The conversation with one peer of the operators' socket, as a state machine. Bytes come in. What the
// connection is to do next comes out: read, send a message, wait or close. A session cuts requests at their
// newlines, has them answered by handler, queues what a watcher is to be told, and knows when time is over.
// Used by connection and server. Reads no clock and no socket: times and bytes are arguments.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/control/handler.h"
#include "daemon/control/operations.h"
#include "daemon/control/peer.h"

namespace sluice::control {

// As in ServerOptions.
struct SessionLimits {
  std::size_t watch_queue = 0;
  std::chrono::milliseconds deadline{};
  std::chrono::milliseconds drain{};
};

class Session {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // With its newline. One message is kept once for all the sessions that send it.
  using Message = std::shared_ptr<const std::string>;

  static constexpr Time kNever = Time::max();

  enum class Step : std::uint8_t {
    read,    // a part of a request, of any size; receive() takes it
    send,    // send message(), whole
    wait,    // until answer(), offer_event(), offer_frame(), stop() or disconnect() was called
    begin,   // call begin(): the answer is made later
    refuse,  // note that the peer may not use the socket; the next message tells the peer
    watch,   // from now on read what comes and throw it away; events follow
    close,   // the session is over; fault() has the reason
  };

  // Why the daemon ended the session.
  enum class Fault : std::uint8_t {
    none,      // the peer went, or may not use the socket, or the daemon stops
    too_long,  // a request had more than kMaxMessage bytes
    slow,      // a request was not finished, or a message not taken, in time
    behind,    // a watcher did not read
  };

  // The first request has until now + limits.deadline. `access` and `operations` must live as long as next()
  // is called.
  Session(Peer peer, const Access& access, Operations& operations, SessionLimits limits, Time now);

  // What is to be done now. Call it again when that is done. If it cannot be done, call disconnect() first.
  [[nodiscard]] Step next(Time now);
  // What is to be sent. It stays in its place until next() is called, whatever else happens.
  [[nodiscard]] const std::string& message() const { return *message_; }

  void receive(std::string_view bytes) { input_.append(bytes); }
  // Has the answer made. `deliver` may be called within it. It hands the message to answer(), if this session
  // still lives.
  void begin(Reply::Deliver deliver);
  void answer(std::string message);
  // The peer has gone, or nothing can be read or sent any more.
  void disconnect() { finish(Fault::none); }

  // Until when a request must have come, or a message must have been taken; kNever where time has no limit.
  [[nodiscard]] Time deadline() const { return deadline_; }
  // Ends the session if its deadline has passed; false if not. The read or the write that runs is then to be
  // cancelled.
  [[nodiscard]] bool expire(Time now);
  // The daemon stops. A session that waits for a request is over at once. Others send what they have to send,
  // in limits.drain.
  void stop(Time now);

  [[nodiscard]] bool is_watching() const { return phase_ == Phase::watching || phase_ == Phase::leaving; }
  [[nodiscard]] bool watches_events() const { return is_watching() && frames_ != FrameKind::captures; }
  [[nodiscard]] bool watches(FrameKind kind) const {
    return phase_ == Phase::watching && !is_behind() && frames_ == kind;
  }
  // For one that watches events. A watcher too far behind is cut, and what it misses is counted.
  void offer_event(Message event, Time now);
  // For one that watches frames. False if it is behind: then it misses this one.
  [[nodiscard]] bool offer_frame(Message frame);

  [[nodiscard]] bool is_over() const { return phase_ == Phase::over; }
  [[nodiscard]] Fault fault() const { return fault_; }
  // What is still to be said when the session is over, but must not wait; empty if nothing.
  [[nodiscard]] const std::string& last_word() const { return last_word_; }
  // Events that a watcher missed because it was cut.
  [[nodiscard]] std::uint64_t unsent() const { return unsent_; }
  [[nodiscard]] const Peer& peer() const { return peer_; }

 private:
  enum class Phase : std::uint8_t {
    reading,    // a request; no answer is lost if it ends now
    waiting,    // for an answer that is made later
    answering,  // with what reply_ has
    watching,
    leaving,  // a watcher that was cut is being told so
    over,
  };

  void begin_request(Time now);
  [[nodiscard]] Step next_request(Time now);
  [[nodiscard]] Step begin_reply(Reply reply, Time now);
  [[nodiscard]] Step next_answer(Time now);
  [[nodiscard]] Step next_event();
  [[nodiscard]] Step send(Message message);
  [[nodiscard]] bool is_behind() const { return unsent_ > 0; }
  void finish(Fault fault);

  Peer peer_;
  const Access& access_;
  Operations& operations_;
  SessionLimits limits_;

  Phase phase_ = Phase::reading;
  bool stopping_ = false;
  Time deadline_ = kNever;
  Fault fault_ = Fault::none;
  std::string last_word_;

  std::string input_;         // that is no request yet, or the next one
  std::size_t searched_ = 0;  // bytes of it that hold no newline
  std::optional<Reply> reply_;
  Message message_;  // being sent

  FrameKind frames_ = FrameKind::unset;  // as in WatchRequest
  std::deque<Message> queue_;            // what a watcher is to be told
  std::uint64_t unsent_ = 0;             // beyond 0 the watcher is being cut
};

}  // namespace sluice::control
