// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/field.h"

#include <algorithm>
#include <charconv>

#include "daemon/base/text.h"
#include "daemon/intake/formats/request_line.h"

namespace sluice::intake {
namespace {

using detection::LogField;

// "12.345" in units of `unit_ns` as microseconds; 0 for what is no such number, "-" among it, or beyond a
// year.
std::uint64_t duration_us(std::string_view text, std::uint64_t unit_ns) {
  constexpr std::uint64_t kMostNs = 366ULL * 86400 * 1'000'000'000;
  std::uint64_t whole = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, whole);
  if (ec != std::errc() || whole > kMostNs / unit_ns) return 0;
  std::uint64_t ns = whole * unit_ns;
  if (stop == end) return ns / 1000;
  if (*stop != '.') return 0;
  std::uint64_t scale = unit_ns;
  for (const char* at = stop + 1; at < end; ++at) {
    if (!is_digit(*at)) return 0;
    scale /= 10;
    ns += static_cast<std::uint64_t>(*at - '0') * scale;
  }
  return ns / 1000;
}

// "2001:db8::1:443" names a port too: who writes the two with a colon between them knows where it is.
std::string_view without_port(std::string_view text) {
  return text.substr(0, text.rfind(':'));
}

}  // namespace

RequestBuilder::RequestBuilder() {
  joined_.reserve(2 * kMaxLineBytes);
}

void RequestBuilder::begin() {
  request_ = {};
  forwarding_ = {};
  seen_ = 0;
  client_fault_ = std::nullopt;
  line_ = {};
  path_ = {};
  query_ = {};
  cut_field_ = Field::skip;
  cut_text_ = {};
}

void RequestBuilder::set_time(WallTime time) {
  request_.time = time;
  seen_ |= std::uint64_t{1} << static_cast<unsigned>(Field::time);
}

void RequestBuilder::note(Field field) {
  seen_ |= std::uint64_t{1} << static_cast<unsigned>(field);
  switch (field) {
    case Field::referer:
      return request_.fields.add(LogField::referer);
    case Field::user_agent:
      return request_.fields.add(LogField::user_agent);
    case Field::host:
      return request_.fields.add(LogField::host);
    case Field::account:
      return request_.fields.add(LogField::account);
    case Field::credential:
      return request_.fields.add(LogField::credential);
    case Field::accept_encoding:
      return request_.fields.add(LogField::accept_encoding);
    case Field::accept_language:
      return request_.fields.add(LogField::accept_language);
    case Field::purpose:
      return request_.fields.add(LogField::purpose);
    case Field::fingerprint:
      return request_.fields.add(LogField::fingerprint);
    case Field::duration_s:
    case Field::duration_ms:
    case Field::duration_us:
    case Field::duration_ns:
      return request_.fields.add(LogField::duration);
    case Field::connection:
      return request_.fields.add(LogField::connection);
    case Field::subjects:
      return request_.fields.add(LogField::subjects);
    case Field::subject_count:
      return request_.fields.add(LogField::subject_count);
    case Field::fetch_mode:
      return request_.fields.add(LogField::fetch_mode);
    case Field::fetch_dest:
      return request_.fields.add(LogField::fetch_dest);
    case Field::content_type:
      return request_.fields.add(LogField::content_type);
    default:
      return;
  }
}

std::optional<ParseFault> RequestBuilder::set(Field field, std::string_view text) {
  note(field);
  text = or_empty(text);
  switch (field) {
    case Field::skip:
    case Field::time:
    case Field::count_:
      break;
    case Field::client_and_port:
      return set(Field::client, without_port(text));
    case Field::peer_and_port:
      return set(Field::peer, without_port(text));
    case Field::client: {
      const auto address = parse_endpoint(text);
      if (address) {
        request_.client = *address;
      } else {
        client_fault_ = text.empty() ? ParseFault::no_client : ParseFault::bad_client;
        // A list of addresses is what proxies say.
        if (forwarding_.visitor.empty() && text.find(',') != std::string_view::npos)
          forwarding_.visitor = text;
      }
      break;
    }
    case Field::peer: {
      if (text.empty()) return ParseFault::no_client;
      const auto address = parse_endpoint(text);
      if (!address) return ParseFault::bad_client;
      forwarding_.peer = *address;
      break;
    }
    case Field::visitor:
      forwarding_.visitor = text;
      break;
    case Field::user:
      request_.user = text;
      break;
    case Field::request:
      line_ = text;
      break;
    case Field::method:
      request_.method = text;
      break;
    case Field::target:
      request_.target = text;
      break;
    case Field::path:
      path_ = text;
      break;
    case Field::query:
      query_ = text;
      break;
    case Field::protocol:
      request_.protocol = text;
      break;
    case Field::status: {
      // HAProxy writes -1 where it answered nothing.
      const auto status = text.empty() || text == "-1" ? 0 : parse_status(text);
      if (!status) return ParseFault::bad_status;
      request_.status = *status;
      break;
    }
    case Field::bytes: {
      const auto bytes = text.empty() ? 0 : parse_bytes(text);
      if (!bytes) return ParseFault::bad_bytes;
      request_.bytes = *bytes;
      break;
    }
    case Field::referer:
      request_.referer = text;
      break;
    case Field::user_agent:
      request_.user_agent = text;
      break;
    case Field::host:
      request_.host = text;
      break;
    case Field::account:
      request_.account = text;
      break;
    case Field::credential:
      request_.credential = text;
      break;
    case Field::accept_encoding:
      request_.accept_encoding = text;
      break;
    case Field::accept_language:
      request_.accept_language = text;
      break;
    case Field::purpose:
      request_.purpose = text;
      break;
    case Field::fingerprint:
      request_.fingerprint = text;
      break;
    case Field::duration_s:
      request_.duration_us = duration_us(text, 1'000'000'000);
      break;
    case Field::duration_ms:
      request_.duration_us = duration_us(text, 1'000'000);
      break;
    case Field::duration_us:
      request_.duration_us = duration_us(text, 1'000);
      break;
    case Field::duration_ns:
      request_.duration_us = duration_us(text, 1);
      break;
    case Field::connection:
      request_.connection = parse_bytes(text).value_or(0);
      break;
    case Field::forwarded_for:
      forwarding_.forwarded_for = text;
      break;
    case Field::forwarded:
      forwarding_.forwarded = text;
      break;
    case Field::proxy_client: {
      const auto address = parse_endpoint(text);
      if (address) forwarding_.proxy_client = *address;
      break;
    }
    case Field::subjects:
      request_.subjects = text;
      break;
    case Field::subject_count:
      request_.subject_count = parse_number<std::uint32_t>(text).value_or(0);
      break;
    case Field::fetch_mode:
      request_.fetch_mode = text;
      break;
    case Field::fetch_dest:
      request_.fetch_dest = text;
      break;
    case Field::content_type:
      request_.content_type = text;
      break;
  }
  return std::nullopt;
}

std::optional<ParseFault> RequestBuilder::set_number(Field field, double number,
                                                     std::optional<std::uint64_t> whole) {
  note(field);
  // Up to a year; false for NaN.
  const auto microseconds = [&](double per_unit) {
    const double us = number * per_unit;
    return us >= 0 && us < 3.2e13 ? static_cast<std::uint64_t>(us) : 0U;
  };
  switch (field) {
    case Field::client:
    case Field::client_and_port:
    case Field::peer:
    case Field::peer_and_port:
      return ParseFault::no_client;
    case Field::status:
      if (!whole) return ParseFault::bad_status;
      request_.status = static_cast<std::uint16_t>(*whole >= 100 && *whole <= 599 ? *whole : 0);
      return std::nullopt;
    case Field::bytes:
      if (!whole) return ParseFault::bad_bytes;
      request_.bytes = *whole;
      return std::nullopt;
    case Field::connection:
      request_.connection = whole.value_or(0);
      return std::nullopt;
    case Field::subject_count:
      request_.subject_count = whole && *whole <= UINT32_MAX ? static_cast<std::uint32_t>(*whole) : 0;
      return std::nullopt;
    case Field::duration_s:
      request_.duration_us = microseconds(1e6);
      return std::nullopt;
    case Field::duration_ms:
      request_.duration_us = microseconds(1e3);
      return std::nullopt;
    case Field::duration_us:
      request_.duration_us = microseconds(1);
      return std::nullopt;
    case Field::duration_ns:
      request_.duration_us = microseconds(1e-3);
      return std::nullopt;
    default:  // text that is none is as if it were empty
      return std::nullopt;
  }
}

std::string_view RequestBuilder::join(std::string_view path, std::string_view query) {
  if (query.starts_with('?')) query.remove_prefix(1);
  if (query.empty()) return path;
  joined_.assign(path.begin(), path.end());
  joined_.push_back('?');
  joined_.insert(joined_.end(), query.begin(), query.end());
  return {joined_.data(), joined_.size()};
}

// The client of a log that does not say who connected: the first address that the proxies name. proxies.h
// says which of them is the visitor.
std::optional<ParseFault> RequestBuilder::take_client_of_chain() {
  if (forwarding_.visitor.empty()) forwarding_.visitor = forwarding_.forwarded_for;
  if (forwarding_.visitor.empty()) return ParseFault::no_client;
  for (std::string_view rest = forwarding_.visitor; !rest.empty();) {
    const auto address = parse_endpoint(trimmed(take_until(rest, ',')));
    if (!address) continue;
    request_.client = *address;
    forwarding_.peer_unknown = true;
    return std::nullopt;
  }
  return ParseFault::bad_client;
}

std::optional<ParseFault> RequestBuilder::settle_client() {
  if (has(Field::client) && !client_fault_) return std::nullopt;
  if (!has(Field::client) && forwarding_.peer) {
    request_.client = *forwarding_.peer;
    return std::nullopt;
  }
  // Who connects by a socket of this host has no address; then what the operator named must do.
  if (client_fault_ && forwarding_.visitor.empty()) return client_fault_;
  return take_client_of_chain();
}

void RequestBuilder::take_host_of_target() {
  note(Field::host);
  std::string_view target =
      has(Field::target) ? request_.target : line_.substr(std::min(line_.find(' '), line_.size()));
  const auto scheme = target.find("://");
  if (scheme == std::string_view::npos || scheme > 8) return;
  target.remove_prefix(scheme + 3);
  request_.host = target.substr(0, target.find_first_of("/? "));
}

void RequestBuilder::set_cut(Field field, std::string_view text) {
  cut_field_ = field;
  cut_text_ = text;
  if (field == Field::request) line_ = text;
}

Parsed RequestBuilder::finish_cut() {
  if (!has(Field::time)) return ParseFault::no_time;
  if (const auto fault = settle_client()) return *fault;
  request_.cut = true;
  if (!has(Field::status)) request_.status = kStatusOfCutLine;
  if (has(Field::target)) {
    request_.target = path_of_target(request_.target);
  } else if (cut_field_ == Field::target || cut_field_ == Field::path) {
    take_cut_target(cut_text_, request_);
  } else if (has(Field::request)) {
    split_request_line(line_, request_);
  } else if (cut_field_ == Field::request) {
    split_cut_request_line(cut_text_, request_);
  } else if (has(Field::path) && cut_field_ == Field::query) {
    if (cut_text_.starts_with('?')) cut_text_.remove_prefix(1);
    take_cut_target(cut_text_.empty() ? path_of_target(path_) : join(path_of_target(path_), cut_text_),
                    request_);
    request_.path_cut = false;
  } else if (has(Field::path)) {
    request_.target = join(path_of_target(path_), query_);
  } else {
    request_.path_cut = true;
  }
  return request_;
}

Parsed RequestBuilder::finish() {
  if (!has(Field::time)) return ParseFault::no_time;
  if (const auto fault = settle_client()) return *fault;
  if (has(Field::target)) {
    request_.target = path_of_target(request_.target);
  } else if (has(Field::request)) {
    split_request_line(line_, request_);
  } else if (has(Field::path)) {
    request_.target = join(path_of_target(path_), query_);
  } else {
    return ParseFault::no_request;
  }
  return request_;
}

}  // namespace sluice::intake
