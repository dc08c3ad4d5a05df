// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/recognise.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/clf.h"
#include "daemon/intake/line_splitter.h"
#include "daemon/intake/request_reader.h"

namespace sluice::intake {
namespace {

// What a line gives counts in its favour, and what is not what it is taken for against it, in quarters of a
// point. A wrong host is the worst: its neighbour, the client, is then wrong as well.
constexpr int kReadable = 16;  // there is a time, a client and a request
constexpr int kMethod = 8;
constexpr int kTarget = 4;
constexpr int kStatus = 4;
constexpr int kUserAgent = 8;
constexpr int kReferer = 6;
constexpr int kHost = 4;
constexpr int kHop = 4;
constexpr int kOther = 1;  // each other field that the log has
constexpr int kNoHost = -32;
constexpr int kNoTime = -16;
constexpr int kNoAgent = -12;
constexpr int kNoReferer = -8;
constexpr int kNoUser = -8;
constexpr int kNoHop = -8;
constexpr int kLeftFields = -24;

bool looks_like_method(std::string_view text) {
  return text.size() >= 3 && text.size() <= 16 &&
         std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// A name or an address, with a port or not.
bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == ':' || c == '_' || c == '[' || c == ']' ||
           c == '*';
  });
}

bool is_referer(std::string_view text) {
  return text.starts_with('/') || text.find(':') != std::string_view::npos ||
         text.find('.') != std::string_view::npos;
}

bool is_user_agent(std::string_view text) {
  return !text.starts_with("http://") && !text.starts_with("https://") && !text.starts_with('/') &&
         std::ranges::any_of(text, is_letter);
}

// A name without blanks and brackets: those are of fields that stand elsewhere.
bool is_user(std::string_view text) {
  return text.find_first_of(" []\"") == std::string_view::npos;
}

int judge(std::string_view text, bool (*looks_right)(std::string_view), int right, int wrong) {
  if (text.empty()) return 0;
  return looks_right(text) ? right : wrong;
}

bool is_chain(std::string_view text) {
  std::string_view rest = text;
  return take_last_hop(rest, ProxyHeader::x_forwarded_for).address.has_value();
}

int others(const detection::LogFields& fields) {
  using detection::LogField;
  int count = 0;
  for (const LogField field :
       {LogField::account, LogField::credential, LogField::accept_encoding, LogField::accept_language,
        LogField::purpose, LogField::fingerprint, LogField::duration, LogField::connection,
        LogField::subjects, LogField::subject_count, LogField::fetch_mode, LogField::fetch_dest,
        LogField::content_type}) {
    count += fields.has(field) ? 1 : 0;
  }
  return count;
}

// Whether the format passes over fields of the line: common does, of a line that is combined. Two quotes are
// the request's.
bool leaves_fields(Format format, std::string_view line) {
  const bool ends_early = format == formats::kCommon || format == formats::kVhostCommon;
  return ends_early && std::ranges::count(line, '"') > 4;
}

int worth(const detection::Request& request, const ForwardingHeaders& hops) {
  constexpr WallTime kFirst = std::chrono::sys_days(std::chrono::year(1995) / 1 / 1);
  constexpr WallTime kLast = std::chrono::sys_days(std::chrono::year(2100) / 1 / 1);
  int sum = kReadable + kOther * others(request.fields);
  if (looks_like_method(request.method)) sum += kMethod;
  if (request.target.starts_with('/')) sum += kTarget;
  if (request.status != 0) sum += kStatus;
  if (request.bytes != 0) sum += kOther;
  if (request.time < kFirst || request.time >= kLast) sum += kNoTime;
  sum += judge(request.user_agent, &is_user_agent, kUserAgent, kNoAgent);
  sum += judge(request.referer, &is_referer, kReferer, kNoReferer);
  sum += judge(request.host, &is_host, kHost, kNoHost);
  sum += judge(request.user, &is_user, 0, kNoUser);
  sum += judge(hops.forwarded_for, &is_chain, kHop, kNoHop);
  return sum;
}

// Whole lines, or the only one.
template <class Take>
void for_each_line(std::string_view text, Take&& take) {
  LineSplitter lines;
  lines.feed(text, take);
  if (lines.consumed() == 0) lines.finish(take);
}

std::vector<std::unique_ptr<LineParser>> parsers_of(std::span<const LogOptions> formats) {
  std::vector<std::unique_ptr<LineParser>> parsers;
  for (const LogOptions& format : formats) {
    auto parser = make_parser(format);
    parsers.push_back(parser ? *std::move(parser) : nullptr);
  }
  return parsers;
}

// "json" alone does not tell whose names its fields have.
std::string name_of(const LogOptions& options) {
  if (!options.format->has_fields) return std::string(to_string(options.format));
  return fmt::format("{} with the names of {}", to_string(options.format), to_string(options.preset));
}

}  // namespace

std::vector<LogOptions> candidates(const std::vector<LogOptions>& configured) {
  std::vector<LogOptions> candidates;
  for (const LogOptions& log : configured) {
    if (log.format->has_keys()) candidates.push_back(log);
  }
  for (const Format format : all_formats()) {
    if (format->guesses == nullptr) continue;
    for (LogOptions& guess : format->guesses())
      candidates.push_back(std::move(guess));
  }
  return candidates;
}

const LogOptions* recognise(std::string_view text, std::span<const LogOptions> formats) {
  const LogOptions* best = nullptr;
  std::int64_t most = 0;
  for (const LogOptions& format : formats) {
    const auto parser = make_parser(format);
    if (!parser) continue;
    std::int64_t sum = 0;
    for_each_line(text, [&](std::string_view line) {
      const Parsed request = (*parser)->parse(line);
      if (!request) return;
      const int left = leaves_fields(format.format, line) ? kLeftFields : 0;
      sum += std::max(1, worth(*request, (*parser)->forwarding_headers()) + left);
    });
    if (sum > most) {
      most = sum;
      best = &format;
    }
  }
  return best;
}

std::string explain_unreadable(std::string_view text, std::span<const LogOptions> formats) {
  const auto parsers = parsers_of(formats);
  std::uint64_t number = 0;
  std::string words;
  for_each_line(text, [&](std::string_view line) {
    ++number;
    if (!words.empty() || trimmed(line).empty()) return;
    std::size_t furthest = 0;
    std::string nearest;
    for (std::size_t i = 0; i < parsers.size(); ++i) {
      if (!parsers[i]) continue;
      const Parsed request = parsers[i]->parse(line);
      if (request || request.error() == ParseFault::directive) return;
      const Failure failure = parsers[i]->failure(request.error());
      if (failure.progress <= furthest) continue;
      furthest = failure.progress;
      nearest = fmt::format("the nearest format is {}, which fails at {} ({})", name_of(formats[i]),
                            failure.field, to_string(request.error()));
    }
    if (nearest.empty()) nearest = "no format is near";
    words = fmt::format("line {}: {}: {}", number, nearest, escape_for_log(line));
  });
  return words;
}

}  // namespace sluice::intake
