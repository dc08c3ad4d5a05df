// SPDX-License-Identifier: Apache-2.0
// One connection to the daemon: sends a request, reads lines. Waits, but never for ever, except for events.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/control/protocol.h"
#include "daemon/control/protocol/codec.h"

namespace sluice::ctl {

class Client {
 public:
  // Fails with what to do about it in words.
  [[nodiscard]] static Result<Client> connect(const std::string& path);

  // Sends the request and reads the first message of its answer.
  template <class Answer>
  [[nodiscard]] Result<Answer> ask(const control::Request& request,
                                   std::chrono::milliseconds time = kAnswerTime) {
    if (auto sent = send(control::request_message(request)); !sent) return sent.error();
    return next<Answer>(time);
  }

  // The next message of an answer that comes in several.
  template <class Answer>
  [[nodiscard]] Result<Answer> next(std::chrono::milliseconds time = kAnswerTime) {
    auto line = read_line(time);
    if (!line) return line.error();
    return control::parse_answer<Answer>(*line);
  }

  // Waits for the next line as long as it takes; nothing when `interrupt` becomes readable first.
  [[nodiscard]] Result<std::optional<std::string>> next_event(const UniqueFd& interrupt);

 private:
  static constexpr std::chrono::seconds kAnswerTime{30};  // a daemon that is busy answers in well under one

  Client(UniqueFd socket, std::string path) : socket_(std::move(socket)), path_(std::move(path)) {}
  [[nodiscard]] Result<void> send(std::string_view message);
  [[nodiscard]] Result<std::string> read_line(std::chrono::milliseconds time);
  // The first line of the buffer, taken out of it.
  [[nodiscard]] std::optional<std::string> take_line();
  // Adds what the socket has to the buffer.
  [[nodiscard]] Result<void> receive();

  UniqueFd socket_;
  std::string path_;
  std::string buffer_;
};

}  // namespace sluice::ctl
