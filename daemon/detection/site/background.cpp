// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/background.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/base/text.h"

namespace sluice::detection {
namespace {

// Folders under which web frameworks put what scripts ask for.
constexpr std::array<std::string_view, 8> kForScripts = {"ajax", "api",     "graphql", "rest",
                                                         "rpc",  "wp-json", "xhr",     "_next"};

bool is_under_scripts_folder(std::string_view path) {
  while (!path.empty()) {
    if (std::ranges::find(kForScripts, next_segment(path)) != kForScripts.end()) return true;
  }
  return false;
}

bool is_data_type(std::string_view type) {
  type = trimmed(type.substr(0, type.find(';')));
  return type == "application/json" || type == "application/xml" || type == "text/xml" ||
         type == "text/plain" || type == "text/csv" || type.ends_with("+json") || type.ends_with("+xml");
}

// Whether the answer is something that scripts read, as far as the log shows it.
bool is_data(const Request& request, const RouteMatch& match) {
  if (match.data || match.asset) return true;
  if (!request.content_type.empty()) {
    return is_data_type(request.content_type) && request.content_type != "application/xhtml+xml";
  }
  const std::string_view file = match.path.substr(match.path.rfind('/') + 1);
  return file.ends_with(".json") || file.ends_with(".xml") || is_under_scripts_folder(match.path);
}

}  // namespace

Initiator initiator_of(const Request& request, const RouteMatch& match) {
  const bool reads = request.method.empty() || request.method == "GET" || request.method == "HEAD";
  if (!reads && match.route == RouteMatch::kNone) return Initiator::no_reading;
  if (!request.fetch_mode.empty())
    return request.fetch_mode == "navigate" ? Initiator::visitor : Initiator::page;
  if (!match.path.starts_with('/') || !is_data(request, match)) return Initiator::visitor;
  if (!request.referer.empty()) return Initiator::page;
  return request.fields.has(LogField::referer) ? Initiator::visitor : Initiator::maybe_page;
}

}  // namespace sluice::detection
