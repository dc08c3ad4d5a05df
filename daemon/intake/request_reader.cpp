// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/request_reader.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "daemon/intake/formats/all.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kShownBytes = 200;

// The whole names among the first kMaxSubjectsBytes bytes. A single name that is longer is none.
std::string_view cut_subjects(std::string_view subjects) {
  const auto comma = subjects.rfind(',', kMaxSubjectsBytes);
  return comma == std::string_view::npos ? std::string_view() : subjects.substr(0, comma);
}

// Whether a line that was cut may have the fault.
bool may_be_cut(ParseFault fault) {
  switch (fault) {
    case ParseFault::no_request:
    case ParseFault::unterminated_quote:
    case ParseFault::bad_status:
    case ParseFault::bad_bytes:
    case ParseFault::missing_field:
    case ParseFault::not_json:
    case ParseFault::mismatch:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string escape_for_log(std::string_view line) {
  std::string text;
  for (const char c : line.substr(0, kShownBytes)) {
    if (c >= 0x20 && c < 0x7f && c != '\\') {
      text += c;
    } else {
      fmt::format_to(std::back_inserter(text), "\\x{:02X}", static_cast<unsigned char>(c));
    }
  }
  if (line.size() > kShownBytes) text += "...";
  return text;
}

RequestReader::RequestReader(std::unique_ptr<LineParser> parser,
                             std::shared_ptr<const TrustedProxies> proxies)
    : parser_(std::move(parser)), proxies_(std::move(proxies)) {}

Result<RequestReader> RequestReader::create(const LogOptions& options,
                                            std::shared_ptr<const TrustedProxies> proxies) {
  auto parser = make_parser(options);
  if (!parser) return parser.error();
  if (!proxies) proxies = std::make_shared<const TrustedProxies>();
  return RequestReader(*std::move(parser), std::move(proxies));
}

std::string RequestReader::failed_at(ParseFault fault) const {
  return std::string(parser_->failure(fault).field);
}

void RequestReader::go_on_from(const LineCounters& counters) {
  counters_ = counters;
  counters_.recent = counters_.recent_unreadable = counters_.recent_cut = 0;
}

Parsed RequestReader::read(std::string_view line) {
  Parsed request = parser_->parse(line);
  if (!request && request.error() == ParseFault::part) return request;
  if (!request && may_be_cut(request.error())) request = parser_->parse_cut(line, request.error());
  ++counters_.lines;
  counters_.note_recent(request || request.error() == ParseFault::directive, request && request->cut);
  if (!request) {
    ++counters_.faults.at(static_cast<std::size_t>(request.error()));
    return request;
  }
  ++counters_.requests;
  counters_.cut += request->cut ? 1 : 0;
  counters_.paths_cut += request->path_cut ? 1 : 0;
  if (request->subjects.size() > kMaxSubjectsBytes) {
    request->subjects = cut_subjects(request->subjects);
    ++counters_.subjects_cut;
  }
  const auto outcome = proxies_->settle(*request, parser_->forwarding_headers());
  if (outcome != TrustedProxies::Outcome::direct) ++counters_.forwarded;
  if (outcome == TrustedProxies::Outcome::broken) ++counters_.broken_chains;
  if (outcome == TrustedProxies::Outcome::unnamed) ++counters_.unnamed;
  return request;
}

}  // namespace sluice::intake
