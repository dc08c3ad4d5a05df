// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/protocol.h"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <type_traits>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "daemon/base/address.h"
#include "daemon/base/utf8.h"
#include "daemon/control/protocol_fields.h"

namespace sluice::control {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFaultsNamed = 20;  // of one request; a line of a thousand faults helps nobody
constexpr std::size_t kMaxAnswerDepth = 16;  // explain needs 8
constexpr std::size_t kMaxRequestDepth = 4;  // a request needs 2

// ---- values to text ----

// Strangers' bytes (a path, a user agent) end up in texts: what is not UTF-8 becomes U+FFFD, or no parser
// would take the message.
void append(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (first == '"' || first == '\\') {
      out += '\\';
      out += text.front();
    } else if (first < 0x20 || first == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", first);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

void append(std::string& out, const std::string& text) {
  append(out, std::string_view(text));
}
void append(std::string& out, bool value) {
  out += value ? "true" : "false";
}
void append(std::string& out, WallTime time) {
  append(out, std::string_view(format_time(time)));
}

template <std::integral T>
void append(std::string& out, T value) {
  fmt::format_to(std::back_inserter(out), "{}", value);
}

// With twelve digits, and without what is next to nothing and a zero below zero: Boost.JSON 1.81 reads the
// last digits of a long number, and the smallest numbers, inexactly, and -0 as 0, so that what is written
// again would differ from what was read.
void append(std::string& out, double value) {
  constexpr double kNothing = 1e-290;
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{:.12g}", std::abs(value) < kNothing ? 0.0 : value);
  } else {
    out += "null";  // JSON has no word for it
  }
}

template <class T>
void append(std::string& out, const std::optional<T>& value);
template <class T>
void append(std::string& out, const std::vector<T>& values);
template <class T>
requires std::is_class_v<T>
void append(std::string& out, const T& value);

template <class T>
void append(std::string& out, const std::optional<T>& value) {
  if (value) {
    append(out, *value);
  } else {
    out += "null";
  }
}

template <class T>
void append(std::string& out, const std::vector<T>& values) {
  out += '[';
  const char* separator = "";
  for (const T& value : values) {
    out += separator;
    append(out, value);
    separator = ",";
  }
  out += ']';
}

template <class T>
void append_fields(std::string& out, const T& value, const char* separator) {
  Fields<T>::each(value, [&](std::string_view name, const auto& member) {
    out += separator;
    append(out, name);
    out += ':';
    append(out, member);
    separator = ",";
  });
}

template <class T>
requires std::is_class_v<T>
void append(std::string& out, const T& value) {
  out += '{';
  append_fields(out, value, "");
  out += '}';
}

// ---- text to values ----

// Reads JSON into the structs, collecting what does not fit with the place where it stands.
class Reader {
 public:
  enum class Unknown { skip, fault };
  explicit Reader(Unknown unknown) : unknown_(unknown) {}

  template <class T>
  requires std::is_class_v<T>
  void read(const json::value& from, T& to, const std::string& place) {
    const json::object* object = from.if_object();
    if (object == nullptr) return fault(place, "must be an object");
    std::size_t known = 0;
    Fields<T>::each(to, [&](std::string_view name, auto& member) {
      const json::value* value = object->if_contains(name);
      if (value == nullptr) return;
      ++known;
      read(*value, member, place.empty() ? std::string(name) : fmt::format("{}.{}", place, name));
    });
    if (unknown_ == Unknown::skip || known == object->size()) return;
    for (const json::key_value_pair& entry : *object) {
      const std::string_view key = entry.key();
      bool found = false;
      Fields<T>::each(to, [&](std::string_view name, auto&) { found = found || name == key; });
      if (!found) fault(key.substr(0, 64), "is not known for this command");
    }
  }

  void read(const json::value& from, std::string& to, const std::string& place) {
    const json::string* text = from.if_string();
    if (text == nullptr) return fault(place, "must be a string");
    to.assign(text->data(), text->size());
  }

  void read(const json::value& from, bool& to, const std::string& place) {
    const bool* value = from.if_bool();
    if (value == nullptr) return fault(place, "must be true or false");
    to = *value;
  }

  template <class T>
  requires std::is_arithmetic_v<T>
  void read(const json::value& from, T& to, const std::string& place) {
    if (std::is_floating_point_v<T> && from.is_null()) return;  // what was not finite
    json::error_code error;
    const T value = from.to_number<T>(error);
    if (error)
      return fault(place, std::is_integral_v<T> ? "must be a whole number in range" : "must be a number");
    if constexpr (std::is_floating_point_v<T>) {
      // JSON can write 1e999, which is read as infinity and could not be written again.
      if (!std::isfinite(value)) return fault(place, "must be a number that a double can hold");
    }
    to = value;
  }

  void read(const json::value& from, WallTime& to, const std::string& place) {
    const json::string* text = from.if_string();
    if (text != nullptr && *text == "never") {
      to = kForever;
      return;
    }
    const auto time =
        parse_time(text == nullptr ? std::string_view() : std::string_view(text->data(), text->size()));
    if (!time) return fault(place, "must be an RFC 3339 time or \"never\"");
    to = *time;
  }

  template <class T>
  void read(const json::value& from, std::optional<T>& to, const std::string& place) {
    to.reset();
    if (from.is_null()) return;
    T value{};
    read(from, value, place);
    to = std::move(value);
  }

  template <class T>
  void read(const json::value& from, std::vector<T>& to, const std::string& place) {
    const json::array* array = from.if_array();
    if (array == nullptr) return fault(place, "must be an array");
    to.clear();
    to.reserve(array->size());
    for (const json::value& element : *array) {
      const std::string element_place = fmt::format("{}[{}]", place, to.size());
      read(element, to.emplace_back(), element_place);
    }
  }

  void fault(std::string_view place, std::string_view what) {
    if (++count_ <= kMaxFaultsNamed)
      faults_ += fmt::format("{}{}: {}", faults_.empty() ? "" : "; ", place, what);
  }

  [[nodiscard]] std::optional<Error> error() const {
    if (count_ == 0) return std::nullopt;
    if (count_ <= kMaxFaultsNamed) return Error(faults_);
    return Error(fmt::format("{}; and {} more", faults_, count_ - kMaxFaultsNamed));
  }

 private:
  Unknown unknown_;
  std::size_t count_ = 0;
  std::string faults_;
};

Result<json::object> parse_object(std::string_view line, std::size_t max_depth) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::error_code error;
  json::value value;
  try {
    value = json::parse(line, error, {}, options);
  } catch (const std::exception& exception) {  // out of memory
    return Error(fmt::format("the message cannot be read: {}", exception.what()));
  }
  if (error) return Error(fmt::format("the message is not JSON: {}", error.message()));
  json::object* object = value.if_object();
  if (object == nullptr) return Error("the message must be a JSON object");
  return std::move(*object);
}

Result<void> check_version(const json::object& message) {
  const json::value* version = message.if_contains("v");
  if (version == nullptr) return Error("v: the protocol's version is missing");
  if (!version->is_int64() || version->get_int64() != kProtocolVersion) {
    return Error(
        fmt::format("v: this side speaks version {} of the protocol; sluicectl and sluiced must be of one "
                    "release (`sluicectl version`)",
                    kProtocolVersion));
  }
  return {};
}

// ---- what a request must be beside its types ----

void check_address(const std::string& text, const std::string& place, Reader& reader) {
  if (const auto prefix = Prefix::parse(text); !prefix) reader.fault(place, prefix.error().message());
}

void check_addresses(const std::vector<std::string>& addresses, Reader& reader) {
  if (addresses.empty()) reader.fault("addresses", "at least one is needed");
  if (addresses.size() > kMaxAddresses) {
    reader.fault("addresses", fmt::format("at most {} in one request", kMaxAddresses));
    return;
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    check_address(addresses[i], fmt::format("addresses[{}]", i), reader);
  }
}

void check_range(const std::optional<std::int64_t>& value, std::int64_t largest, std::string_view name,
                 Reader& reader) {
  if (value && (*value < 1 || *value > largest))
    reader.fault(name, fmt::format("must be from 1 to {}", largest));
}

void check_reason(const std::string& reason, const std::string& place, Reader& reader) {
  if (reason.size() > kMaxReason) reader.fault(place, fmt::format("at most {} bytes", kMaxReason));
  if (std::ranges::any_of(reason, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    reader.fault(place, "must hold no control characters");
  }
}

void check_connected_from(const std::string& address, Reader& reader) {
  if (address.empty()) return;
  if (const auto from = Address::parse(address); !from) {
    reader.fault("connected_from", from.error().message());
  }
}

void check(const DecideRequest& request, Reader& reader) {
  check_addresses(request.addresses, reader);
  check_range(request.for_seconds, kMaxForSeconds, "for_seconds", reader);
  check_range(request.rate, kMaxRate, "rate", reader);
  check_range(request.burst, kMaxRate, "burst", reader);
  if (request.action != "throttle" && (request.rate || request.burst)) {
    reader.fault("rate, burst", "belong to throttle alone");
  }
  check_reason(request.reason, "reason", reader);
  check_connected_from(request.connected_from, reader);
}

void check(const UnblockRequest& request, Reader& reader) {
  check_addresses(request.addresses, reader);
}

void check(const RefreshRequest& request, Reader& reader) {
  if (request.names.size() > kMaxAddresses)
    reader.fault("names", fmt::format("at most {} in one request", kMaxAddresses));
}

void check(const TestListsRequest& request, Reader& reader) {
  check_addresses(request.addresses, reader);
}

// Each one is a whole decision: its own action, end and reason. A fault names it by its number in the
// request.
void check(const ImportRequest& request, Reader& reader) {
  if (request.decisions.empty()) reader.fault("decisions", "at least one is needed");
  if (request.decisions.size() > kMaxAddresses) {
    return reader.fault("decisions", fmt::format("at most {} in one request", kMaxAddresses));
  }
  for (std::size_t i = 0; i < request.decisions.size(); ++i) {
    const ImportRow& row = request.decisions[i];
    const auto place = [i](std::string_view name) { return fmt::format("decisions[{}].{}", i, name); };
    check_address(row.source, place("source"), reader);
    if (row.action != "block" && row.action != "throttle" && row.action != "allow") {
      reader.fault(place("action"), "must be block, throttle or allow");
    }
    if (row.until == kForever && row.action != "allow")
      reader.fault(place("until"), "only an allow has no end");
    check_range(row.rate, kMaxRate, place("rate"), reader);
    check_range(row.burst, kMaxRate, place("burst"), reader);
    if (row.action != "throttle" && (row.rate || row.burst)) {
      reader.fault(place("rate, burst"), "belong to throttle alone");
    }
    check_reason(row.reason, place("reason"), reader);
  }
  check_connected_from(request.connected_from, reader);
}

void check(const AuditRequest& request, Reader& reader) {
  if (request.after < 0) reader.fault("after", "must be 0 or more");
}

void check(const ListRequest& request, Reader& reader) {
  constexpr std::string_view kActions[] = {"", "allow", "throttle", "challenge", "block"};
  if (!request.source.empty()) check_address(request.source, "source", reader);
  if (std::ranges::find(kActions, request.action) == std::end(kActions)) {
    reader.fault("action", "must be allow, throttle, challenge or block");
  }
}

void check(const ExplainRequest& request, Reader& reader) {
  check_address(request.address, "address", reader);
}

void check(const WatchRequest& request, Reader& reader) {
  if (!request.frames.empty() && request.frames != "samples" && request.frames != "captures") {
    reader.fault("frames", "must be samples or captures");
  }
}

template <class T>
void check(const T&, Reader&) {}

// The request that belongs to a command, with nothing read yet.
std::optional<Request> request_for(std::string_view command) {
  if (command == "block" || command == "throttle" || command == "allow") {
    DecideRequest request;
    request.action = command;
    return request;
  }
  if (command == "unblock") return UnblockRequest{};
  if (command == "import") return ImportRequest{};
  if (command == "audit") return AuditRequest{};
  if (command == "list") return ListRequest{};
  if (command == "explain") return ExplainRequest{};
  if (command == "status") return StatusRequest{};
  if (command == "lists") return ListsRequest{};
  if (command == "refresh_lists") return RefreshRequest{};
  if (command == "test_lists") return TestListsRequest{};
  if (command == "watch") return WatchRequest{};
  if (command == "reload") return ReloadRequest{};
  if (command == "version") return VersionRequest{};
  return std::nullopt;
}

std::string_view command_of(const DecideRequest& request) {
  return request.action;
}
std::string_view command_of(const UnblockRequest&) {
  return "unblock";
}
std::string_view command_of(const ImportRequest&) {
  return "import";
}
std::string_view command_of(const AuditRequest&) {
  return "audit";
}
std::string_view command_of(const ListRequest&) {
  return "list";
}
std::string_view command_of(const ExplainRequest&) {
  return "explain";
}
std::string_view command_of(const StatusRequest&) {
  return "status";
}
std::string_view command_of(const ListsRequest&) {
  return "lists";
}
std::string_view command_of(const RefreshRequest&) {
  return "refresh_lists";
}
std::string_view command_of(const TestListsRequest&) {
  return "test_lists";
}
std::string_view command_of(const WatchRequest&) {
  return "watch";
}
std::string_view command_of(const ReloadRequest&) {
  return "reload";
}
std::string_view command_of(const VersionRequest&) {
  return "version";
}

// The object behind `key` of a message from the daemon.
template <class T>
Result<T> parse_payload(std::string_view line, std::string_view key) {
  auto message = parse_object(line, kMaxAnswerDepth);
  if (!message) return message.error();
  if (auto version = check_version(*message); !version) return version.error();
  Reader reader(Reader::Unknown::skip);
  if (const json::value* error = message->if_contains("error")) {
    std::string text;
    reader.read(*error, text, "error");
    return reader.error().value_or(Error(text));
  }
  T payload;
  const json::value* value = message->if_contains(key);
  if (value == nullptr) return Error(fmt::format("the message has no {}", key));
  reader.read(*value, payload, std::string(key));
  if (auto error = reader.error()) return *error;
  return payload;
}

}  // namespace

Result<Request> parse_request(std::string_view line) {
  auto message = parse_object(line, kMaxRequestDepth);
  if (!message) return message.error();
  if (auto version = check_version(*message); !version) return version.error();
  message->erase("v");

  Reader reader(Reader::Unknown::fault);
  std::string command;
  if (const json::value* value = message->if_contains("command")) reader.read(*value, command, "command");
  if (auto error = reader.error()) return *error;
  message->erase("command");
  std::optional<Request> request = request_for(command);
  if (!request) {
    return Error(fmt::format(
        "command: '{}' is not one of status, block, throttle, allow, unblock, import, list, explain, lists, "
        "refresh_lists, test_lists, watch, audit, reload, version",
        command.substr(0, 64)));
  }
  std::visit(
      [&](auto& fields) {
        reader.read(json::value(std::move(*message)), fields, "");
        if (!reader.error()) check(fields, reader);
      },
      *request);
  if (auto error = reader.error()) return *error;
  return std::move(*request);
}

std::string error_message(std::string_view error) {
  std::string message = fmt::format(R"({{"v":{},"ok":false,"error":)", kProtocolVersion);
  append(message, error);
  message += "}\n";
  return message;
}

std::string event_message(const Event& event) {
  std::string message = fmt::format(R"({{"v":{},"event":)", kProtocolVersion);
  append(message, event);
  message += "}\n";
  return message;
}

std::string frame_message(const Frame& frame) {
  std::string message = fmt::format(R"({{"v":{},"frame":)", kProtocolVersion);
  append(message, frame);
  message += "}\n";
  return message;
}

template <class Answer>
std::string answer_message(const Answer& answer) {
  std::string message = fmt::format(R"({{"v":{},"ok":true,"result":)", kProtocolVersion);
  append(message, answer);
  message += "}\n";
  return message;
}

template <class Value>
std::string to_json(const Value& value) {
  std::string text;
  append(text, value);
  return text;
}

std::string_view command_name(const Request& request) {
  return std::visit([](const auto& fields) { return command_of(fields); }, request);
}

std::string request_message(const Request& request) {
  return std::visit(
      [](const auto& fields) {
        std::string message = fmt::format(R"({{"v":{},"command":)", kProtocolVersion);
        append(message, command_of(fields));
        append_fields(message, fields, ",");
        message += "}\n";
        return message;
      },
      request);
}

template <class Answer>
Result<Answer> parse_answer(std::string_view line) {
  return parse_payload<Answer>(line, "result");
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

template std::string answer_message(const DecideAnswer&);
template std::string answer_message(const UnblockAnswer&);
template std::string answer_message(const ImportAnswer&);
template std::string answer_message(const AuditAnswer&);
template std::string answer_message(const ListAnswer&);
template std::string answer_message(const ExplainAnswer&);
template std::string answer_message(const StatusAnswer&);
template std::string answer_message(const ListsAnswer&);
template std::string answer_message(const RefreshAnswer&);
template std::string answer_message(const TestListsAnswer&);
template std::string answer_message(const ReloadAnswer&);
template std::string answer_message(const VersionAnswer&);

template std::string to_json(const std::string&);
template std::string to_json(const DecideAnswer&);
template std::string to_json(const UnblockAnswer&);
template std::string to_json(const ImportAnswer&);
template std::string to_json(const AuditRow&);
template std::string to_json(const DecisionRow&);
template std::string to_json(const ExplainAnswer&);
template std::string to_json(const StatusAnswer&);
template std::string to_json(const CheckRow&);
template std::string to_json(const ListStatus&);
template std::string to_json(const RefreshResult&);
template std::string to_json(const TestListsResult&);
template std::string to_json(const ReloadAnswer&);
template std::string to_json(const VersionAnswer&);
template std::string to_json(const Event&);
template std::string to_json(const Frame&);

template Result<DecideAnswer> parse_answer(std::string_view);
template Result<UnblockAnswer> parse_answer(std::string_view);
template Result<ImportAnswer> parse_answer(std::string_view);
template Result<AuditAnswer> parse_answer(std::string_view);
template Result<ListAnswer> parse_answer(std::string_view);
template Result<ExplainAnswer> parse_answer(std::string_view);
template Result<ListsAnswer> parse_answer(std::string_view);
template Result<RefreshAnswer> parse_answer(std::string_view);
template Result<TestListsAnswer> parse_answer(std::string_view);
template Result<StatusAnswer> parse_answer(std::string_view);
template Result<ReloadAnswer> parse_answer(std::string_view);
template Result<VersionAnswer> parse_answer(std::string_view);

}  // namespace sluice::control
