// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/recognised_log.h"

#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/intake/formats/recognise.h"
#include "daemon/intake/sources/whole_file.h"

namespace sluice::app {
namespace {

// A text of JSON is one of TOML.
std::string in_quotes(std::string_view text) {
  return boost::json::serialize(boost::json::value(text));
}

}  // namespace

Result<std::string> recognised_log(const config::Config& config, const std::string& path) {
  const auto begin = intake::beginning_of_log(path);
  if (!begin) return begin.error();
  const auto formats = intake::candidates(config.logs);
  const intake::LogOptions* found = intake::recognise(*begin, formats);
  if (found == nullptr) {
    const std::string why = intake::explain_unreadable(*begin, formats);
    return Error(fmt::format("{}: {}", path, why.empty() ? "there is no line of a request" : why));
  }
  std::string text =
      fmt::format("[[log]]\npath = {}\nformat = \"{}\"\n", in_quotes(path), found->format->name);
  if (found->format->has_fields) text += fmt::format("preset = \"{}\"\n", intake::to_string(found->preset));
  if (!found->pattern.empty()) text += fmt::format("pattern = {}\n", in_quotes(found->pattern));
  return {boost::system::in_place_value, std::move(text)};
}

}  // namespace sluice::app
