// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/session.h"

#include <fmt/format.h>

#include "daemon/control/protocol.h"

namespace sluice::control {

Session::Session(Peer peer, const Access& access, Operations& operations, SessionLimits limits, Time now)
    : peer_(std::move(peer)), access_(access), operations_(operations), limits_(limits) {
  begin_request(now);
}

Session::Step Session::next(Time now) {
  message_.reset();
  switch (phase_) {
    case Phase::reading:
      return next_request(now);
    case Phase::waiting:
      return Step::wait;
    case Phase::answering:
      return next_answer(now);
    case Phase::watching:
      return next_event();
    case Phase::leaving:
      finish(Fault::none);
      break;
    case Phase::over:
      break;
  }
  return Step::close;
}

void Session::begin_request(Time now) {
  phase_ = Phase::reading;
  deadline_ = now + limits_.deadline;
}

Session::Step Session::next_request(Time now) {
  const std::size_t newline = input_.find('\n', searched_);
  if (newline >= kMaxMessage) {  // npos too
    searched_ = input_.size();
    if (searched_ < kMaxMessage) return Step::read;
    last_word_ = fmt::format("a request has at most {} bytes, with the newline at its end", kMaxMessage);
    finish(Fault::too_long);
    return Step::close;
  }
  // From here on there is an answer to lose.
  phase_ = Phase::answering;
  deadline_ = kNever;
  Reply reply = handle(std::string_view(input_).substr(0, newline + 1), peer_, access_, operations_);
  input_.erase(0, newline + 1);
  searched_ = 0;
  return begin_reply(std::move(reply), now);
}

Session::Step Session::begin_reply(Reply reply, Time now) {
  reply_ = std::move(reply);
  if (reply_->is_pending()) {
    phase_ = Phase::waiting;
    return Step::begin;
  }
  if (reply_->then() == Reply::Then::watch) {
    phase_ = Phase::watching;
    frames_ = reply_->watch().frames;
    queue_.push_back(std::make_shared<const std::string>(*reply_->next()));
    return Step::watch;
  }
  return reply_->then() == Reply::Then::refused ? Step::refuse : next_answer(now);
}

void Session::begin(Reply::Deliver deliver) {
  // The answer may come at once, and takes the reply's place.
  Reply reply = *std::move(reply_);
  reply.begin(std::move(deliver));
}

void Session::answer(std::string message) {
  if (phase_ != Phase::waiting) return;
  reply_.emplace(std::move(message));
  phase_ = Phase::answering;
}

Session::Step Session::next_answer(Time now) {
  if (std::optional<std::string> message = reply_->next()) {
    deadline_ = now + (stopping_ ? limits_.drain : limits_.deadline);
    return send(std::make_shared<const std::string>(*std::move(message)));
  }
  if (stopping_ || reply_->then() == Reply::Then::refused) {
    finish(Fault::none);
    return Step::close;
  }
  begin_request(now);
  return next_request(now);
}

// A watcher may be slow: its queue says when it is too slow, and sets the time for what is left.
Session::Step Session::next_event() {
  if (is_behind()) {
    phase_ = Phase::leaving;
    return send(std::make_shared<const std::string>(error_message(
        fmt::format("cut: this watcher did not read; {} events were not sent to it", unsent_))));
  }
  if (!queue_.empty()) {
    Message first = std::move(queue_.front());
    queue_.pop_front();
    return send(std::move(first));
  }
  if (!stopping_) return Step::wait;
  finish(Fault::none);
  return Step::close;
}

Session::Step Session::send(Message message) {
  message_ = std::move(message);
  return Step::send;
}

bool Session::expire(Time now) {
  if (now < deadline_) return false;
  if (phase_ == Phase::reading) {
    last_word_ =
        fmt::format("no whole request came within {} ms: it ends in a newline", limits_.deadline.count());
  }
  finish(is_watching() ? Fault::none : Fault::slow);
  return true;
}

void Session::stop(Time now) {
  stopping_ = true;
  if (phase_ == Phase::reading) {
    finish(Fault::none);
  } else if (phase_ != Phase::waiting && phase_ != Phase::over) {
    deadline_ = now + limits_.drain;
  }
}

void Session::offer_event(Message event, Time now) {
  if (is_behind()) {
    ++unsent_;
  } else if (queue_.size() >= limits_.watch_queue) {
    unsent_ = queue_.size() + 1;
    queue_.clear();
    deadline_ = now + limits_.deadline;  // for what is on its way, and the last word
  } else {
    queue_.push_back(std::move(event));
  }
}

bool Session::offer_frame(Message frame) {
  // Half of the queue is kept for events.
  if (queue_.size() >= limits_.watch_queue / 2) return false;
  queue_.push_back(std::move(frame));
  return true;
}

// What happens first is why it ended.
void Session::finish(Fault fault) {
  if (phase_ == Phase::over) return;
  fault_ = is_behind() ? Fault::behind : fault;
  phase_ = Phase::over;
  deadline_ = kNever;
}

}  // namespace sluice::control
