// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/clf.h"

#include <algorithm>
#include <cstring>

#include "daemon/intake/escapes.h"
#include "daemon/intake/request_line.h"

namespace sluice::intake {
namespace {

constexpr auto kNone = std::string_view::npos;

// Takes fields off the line one after the other.
class Cursor {
 public:
  Cursor(std::string_view line, std::size_t at) : line_(line), at_(at) {}

  [[nodiscard]] bool at_end() const { return at_ >= line_.size(); }

  // The text between quotes; the cursor stands behind the closing one.
  std::optional<std::string_view> quoted() {
    if (at_end() || line_[at_] != '"') return std::nullopt;
    const std::size_t close = find_bare_quote(line_, at_ + 1);
    if (close == kNone) return std::nullopt;
    const std::string_view text = line_.substr(at_ + 1, close - at_ - 1);
    at_ = close + 1;
    return text;
  }

  // Up to the next space or the end.
  std::string_view word() {
    const std::string_view text = line_.substr(at_, line_.find(' ', at_) - at_);
    at_ += text.size();
    return text;
  }

  bool space() {
    if (at_end() || line_[at_] != ' ') return false;
    ++at_;
    return true;
  }

 private:
  std::string_view line_;
  std::size_t at_;
};

}  // namespace

Parsed ClfParser::parse(std::string_view line) {
  if (line.size() > kMaxLineBytes) return ParseFault::too_long;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return ParseFault::empty;
  if (fields_ != Fields::vhost_combined) return parse_line(line);

  const auto space = line.find(' ');
  if (space == kNone) return ParseFault::no_client;
  Parsed request = parse_line(line.substr(space + 1));
  if (request) {
    request->host = or_empty(line.substr(0, space));
    request->fields.add(detection::LogField::host);
  }
  return request;
}

Parsed ClfParser::parse_line(std::string_view line) {
  // The user is whatever the visitor typed, spaces and brackets included, but never a bare quote. So the
  // request starts at the first quote, and the time stands right before it: nothing a visitor sends can shift
  // the fields.
  const std::size_t open = find_bare_quote(line, 0);
  if (open == kNone) return ParseFault::no_request;
  constexpr std::size_t kTimeField = kClfTimeBytes + 3;  // "[", "]" and a space
  if (open < kTimeField || line[open - kTimeField] != '[' || line[open - 2] != ']' || line[open - 1] != ' ') {
    return ParseFault::no_time;
  }
  detection::Request request;
  const auto time = time_of(line.substr(open - kTimeField + 1, kClfTimeBytes));
  if (!time) return ParseFault::bad_time;
  request.time = *time;

  std::string_view who = line.substr(0, open - kTimeField);
  if (who.ends_with(' ')) who.remove_suffix(1);
  Cursor front(who, 0);
  const std::string_view client = front.word();
  if (client.empty()) return ParseFault::no_client;
  const auto address = Address::parse(client);
  if (!address) return ParseFault::bad_client;
  request.client = *address;
  if (front.space()) {
    const std::string_view ident = front.word();
    // "host client - user": a format with the host in front. The host is what the visitor sends; taking it
    // for the client would let him choose who is blamed.
    if (ident != "-" && Address::parse(ident)) return ParseFault::bad_client;
    if (front.space()) request.user = or_empty(who.substr(client.size() + ident.size() + 2));
    // Likewise where the host itself, as the visitor sent it, held a client and a user.
    const auto space = request.user.find(' ');
    if (space != std::string_view::npos && Address::parse(request.user.substr(0, space)))
      return ParseFault::bad_client;
  }

  Cursor back(line, open);
  const auto request_line = back.quoted();
  if (!request_line) return ParseFault::unterminated_quote;
  split_request_line(*request_line, request);

  if (!back.space()) return ParseFault::missing_field;
  const auto status = parse_status(back.word());
  if (!status) return ParseFault::bad_status;
  request.status = *status;
  if (!back.space()) return ParseFault::missing_field;
  const auto bytes = parse_bytes(back.word());
  if (!bytes) return ParseFault::bad_bytes;
  request.bytes = *bytes;
  if (fields_ == Fields::common) return request;

  for (std::string_view* field : {&request.referer, &request.user_agent}) {
    if (!back.space() || back.at_end()) return ParseFault::missing_field;
    const auto text = back.quoted();
    if (!text) return ParseFault::unterminated_quote;
    *field = or_empty(*text);
  }
  request.fields = {detection::LogField::referer, detection::LogField::user_agent};
  return request;
}

std::optional<WallTime> ClfParser::time_of(std::string_view text) {
  if (!last_time_ || std::memcmp(text.data(), last_text_.data(), kClfTimeBytes) != 0) {
    last_time_ = parse_clf_time(text);
    std::ranges::copy(text, last_text_.begin());
  }
  return last_time_;
}

}  // namespace sluice::intake
