// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/protocol.h"

#include <optional>
#include <utility>
#include <variant>

#include <boost/mp11/utility.hpp>
#include <fmt/format.h>

#include "daemon/control/protocol/codec.h"

namespace sluice::control {
namespace {

constexpr std::size_t kMaxAnswerDepth = 16;  // explain needs 8
constexpr std::size_t kMaxRequestDepth = 4;  // a request needs 2

// Calls f with a null pointer to each row of the table of commands.
template <class F>
void for_each_command(F&& f) {
  using Pointers = boost::mp11::mp_transform<std::add_pointer_t, Commands>;
  boost::mp11::mp_for_each<Pointers>(std::forward<F>(f));
}

Result<void> check_version(JsonValue message) {
  const auto version = message.member("v");
  if (!version) return Error("v: the protocol's version is missing");
  std::int64_t number = 0;
  if (!version->get(number) || number != kProtocolVersion) {
    return Error(
        fmt::format("v: this side speaks version {} of the protocol; sluicectl and sluiced must be of one "
                    "release (`sluicectl version`)",
                    kProtocolVersion));
  }
  return {};
}

Error unknown_command(std::string_view command) {
  std::string names;
  for_each_command([&]<class Row>(Row*) {
    for (const std::string_view name : names_of<Row>())
      names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  });
  return Error(fmt::format("command: '{}' is not one of {}", command.substr(0, 64), names));
}

// Reads the fields of a request of this row.
template <class Row>
Result<Request> read_request(JsonValue message, std::string_view name) {
  auto request = request_of<Row>(name);
  JsonReader reader(JsonReader::Of::request);
  reader.read_request(message, request);
  if (!reader.is_mistyped()) Row::check(request, reader.faults());
  if (auto error = reader.faults().error()) return *error;
  return Request(std::move(request));
}

}  // namespace

Result<Request> parse_request(std::string_view line) {
  const auto document = JsonDocument::parse(line, kMaxRequestDepth);
  if (!document) return document.error();
  const JsonValue message = document->root();
  if (auto version = check_version(message); !version) return version.error();

  std::string_view command;
  if (const auto value = message.member("command")) {
    const auto text = value->text();
    if (!text) return Error("command: must be a string");
    command = *text;
  }
  std::optional<Result<Request>> request;
  for_each_command([&]<class Row>(Row*) {
    for (const std::string_view name : names_of<Row>()) {
      if (name == command) request = read_request<Row>(message, name);
    }
  });
  return request ? *std::move(request) : unknown_command(command);
}

std::string error_message(std::string_view error) {
  return message_of(R"("ok":false,"error")", error);
}

std::string event_message(const Event& event) {
  return message_of(R"("event")", event);
}

std::string frame_message(const Frame& frame) {
  return message_of(R"("frame")", frame);
}

std::string_view command_name(const Request& request) {
  return std::visit(
      []<class RequestType>(const RequestType& fields) { return name_of<CommandOf<RequestType>>(fields); },
      request);
}

std::string request_message(const Request& request) {
  std::string message = fmt::format(R"({{"v":{},"command":)", kProtocolVersion);
  JsonWriter writer(message);
  writer.write(command_name(request));
  std::visit([&](const auto& fields) { writer.write_fields(fields, ","); }, request);
  message += "}\n";
  return message;
}

Result<JsonDocument> parse_message(std::string_view line) {
  auto message = JsonDocument::parse(line, kMaxAnswerDepth);
  if (!message) return message.error();
  if (auto version = check_version(message->root()); !version) return version.error();
  if (const auto error = message->root().member("error")) {
    const auto text = error->text();
    return text ? Error(std::string(*text)) : Error("error: must be a string");
  }
  return message;
}

Result<Event> parse_event(std::string_view line) {
  return parse_payload<Event>(line, "event");
}

Result<Frame> parse_frame(std::string_view line) {
  return parse_payload<Frame>(line, "frame");
}

bool is_frame_message(std::string_view line) {
  // As frame_message() writes it: the key stands right behind the version, so no need to read the whole.
  return line.starts_with(fmt::format(R"({{"v":{},"frame":)", kProtocolVersion));
}

}  // namespace sluice::control
