// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/outcome.h"

#include <cstdio>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "daemon/app/commands/default_config.h"

namespace sluice::app {

int fail(const Error& error) {
  fmt::print(stderr, "sluiced: {}\n", error.message());
  return kFailed;
}

int fail(const config::Faults& faults) {
  for (const config::Fault& fault : faults)
    fmt::print(stderr, "{}\n", config::to_string(fault));
  return kFailed;
}

std::string name_of_user() {
  const passwd* user = ::getpwuid(::getuid());
  return user == nullptr ? fmt::format("uid {}", ::getuid()) : user->pw_name;
}

std::optional<config::Config> load_or_say_why(const std::string& path) {
  auto loaded = config::load(path);
  if (loaded) return *std::move(loaded);
  (void)fail(loaded.error());
  return std::nullopt;
}

std::optional<config::Config> load_or_defaults(const std::optional<std::string>& named) {
  if (!named && ::access(kDefaultConfig, F_OK) != 0) return config::Config();
  return load_or_say_why(named.value_or(kDefaultConfig));
}

}  // namespace sluice::app
