// SPDX-License-Identifier: Apache-2.0
// Does something once at the end of the loop's turn, however often it was asked for within the turn: the
// ledger changes many times for one line of a log, and is saved once.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

namespace sluice::app {

class EndOfTurn {
 public:
  EndOfTurn(boost::asio::any_io_executor executor, std::function<void()> act)
      : executor_(std::move(executor)), state_(std::make_shared<State>(State{std::move(act)})) {}
  EndOfTurn(const EndOfTurn&) = delete;
  EndOfTurn& operator=(const EndOfTurn&) = delete;
  ~EndOfTurn() { stop(); }

  void ask() {
    if (std::exchange(state_->asked, true)) return;
    boost::asio::post(executor_, [state = state_] {
      state->asked = false;
      if (!state->stopped) state->act();
    });
  }

  // Nothing is done any more, even if it was asked for.
  void stop() { state_->stopped = true; }

 private:
  struct State {
    std::function<void()> act;
    bool asked = false;
    bool stopped = false;
  };
  boost::asio::any_io_executor executor_;
  std::shared_ptr<State> state_;  // shared with what is queued on the loop
};

}  // namespace sluice::app
