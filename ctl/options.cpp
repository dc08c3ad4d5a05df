// SPDX-License-Identifier: Apache-2.0
#include "ctl/options.h"

#include <chrono>
#include <ctime>
#include <string_view>

#include <fmt/format.h>

namespace sluice::ctl {
namespace {

std::string fault_of_actor(const std::string& text) {
  const auto actor = control::Actor::parse(text);
  return actor && actor->kind != control::ActorKind::unset
             ? ""
             : "must be detector, operator, list or grant, or one of them with a name";
}

// Reads the whole text by strptime's format; fields that it does not name stay as they are.
bool matches(const std::string& text, const char* format, std::tm& to) {
  std::tm read = to;
  const char* end = strptime(text.c_str(), format, &read);
  if (end == nullptr || *end != '\0') return false;
  to = read;
  return true;
}

WallTime from_local(std::tm local) {
  local.tm_isdst = -1;
  return WallTime(Seconds(std::mktime(&local)));
}

}  // namespace

Result<WallTime> parse_moment(const std::string& text, WallTime now) {
  if (const auto ago = parse_duration(text)) return now - *ago;
  if (const auto time = parse_time(text)) return *time;
  const std::time_t seconds = std::chrono::floor<Seconds>(now).time_since_epoch().count();
  std::tm midnight{};
  localtime_r(&seconds, &midnight);
  midnight.tm_sec = midnight.tm_min = midnight.tm_hour = 0;
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"}) {
    std::tm local = midnight;
    if (matches(text, format, local)) return from_local(local);
  }
  constexpr std::string_view kYesterday = "yesterday ";
  const bool is_yesterday = text.starts_with(kYesterday);
  const std::string time_of_day = is_yesterday ? text.substr(kYesterday.size()) : text;
  for (const char* format : {"%H:%M", "%H:%M:%S"}) {
    std::tm local = midnight;
    if (!matches(time_of_day, format, local)) continue;
    if (is_yesterday || from_local(local) > now) --local.tm_mday;
    return from_local(local);
  }
  return Error(fmt::format(
      "'{}' is no time: say 2h, 14:10, \"yesterday 14:10\", \"2026-11-30 14:10\" or an RFC 3339 time", text));
}

void add_action_option(CLI::App& command, control::Action& to, const std::vector<std::string>& choices,
                       const std::string& description) {
  command
      .add_option_function<std::string>(
          "--action",
          [&to](const std::string& text) {
            to = control::from_text<control::Action>(text).value_or(control::Action::unset);
          },
          description)
      ->check(CLI::IsMember(choices));
}

void add_actor_option(CLI::App& command, control::Actor& to, const std::string& description,
                      const std::string& name) {
  command
      .add_option_function<std::string>(
          name, [&to](const std::string& text) { to = *control::Actor::parse(text); }, description)
      ->check(fault_of_actor)
      ->type_name("WHO");
}

}  // namespace sluice::ctl
