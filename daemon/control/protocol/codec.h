// SPDX-License-Identifier: Apache-2.0
// Answers as lines of JSON, and parts of them for `--json`. Templates over all messages of commands/: include
// it where a message is written or read, not where messages are only passed on.
#pragma once

#include <string>
#include <string_view>

#include "daemon/control/protocol.h"
#include "daemon/control/protocol/json_reader.h"
#include "daemon/control/protocol/json_writer.h"

namespace sluice::control {

// Without version and newline.
template <class Value>
[[nodiscard]] std::string to_json(const Value& value) {
  std::string text;
  JsonWriter(text).write(value);
  return text;
}

// `key` is what the line holds: "result", "event". With its newline.
template <class Payload>
[[nodiscard]] std::string message_of(std::string_view key, const Payload& payload) {
  std::string message = fmt::format(R"({{"v":{},{}:)", kProtocolVersion, key);
  JsonWriter(message).write(payload);
  message += "}\n";
  return message;
}

template <class Answer>
[[nodiscard]] std::string answer_message(const Answer& answer) {
  return message_of(R"("ok":true,"result")", answer);
}

// A message from the daemon, which is of this version and holds no error; fails with that error.
[[nodiscard]] Result<JsonDocument> parse_message(std::string_view line);

template <class Payload>
[[nodiscard]] Result<Payload> parse_payload(std::string_view line, std::string_view key) {
  const auto message = parse_message(line);
  if (!message) return message.error();
  const auto value = message->root().member(key);
  if (!value) return Error(fmt::format("the message has no {}", key));
  JsonReader reader(JsonReader::Of::answer);
  Payload payload;
  reader.read(*value, payload, std::string(key));
  if (auto error = reader.faults().error()) return *error;
  return payload;
}

// Unknown keys are skipped and absent ones keep their defaults: a newer daemon may say more. An answer with
// "ok":false, another version, or a wrong type is an Error.
template <class Answer>
[[nodiscard]] Result<Answer> parse_answer(std::string_view line) {
  return parse_payload<Answer>(line, "result");
}

}  // namespace sluice::control
