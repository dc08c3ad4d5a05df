// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/log_service.h"

#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "daemon/base/clock.h"

namespace sluice::app {
namespace {

LogSet::Proxies trust(const std::vector<Prefix>& networks, const config::Config& config) {
  return std::make_shared<const intake::TrustedProxies>(networks, config.proxies.header);
}

LogSet::Positions parsed(const std::map<std::string, std::string>& stored) {
  LogSet::Positions left;
  for (const auto& [path, text] : stored) {
    if (auto position = intake::parse_position(text)) {
      left.emplace(path, *position);
    } else {
      spdlog::error("{}: {}; reading goes on at its end", path, position.error().message());
    }
  }
  return left;
}

}  // namespace

LogService::LogService(boost::asio::any_io_executor executor, decisions::Pipeline& pipeline,
                       MemoryGuard& memory, const std::map<std::string, std::string>& stored,
                       const config::Config& config, const std::vector<Prefix>& proxies)
    : logs_(
          std::move(executor),
          [this, &pipeline, &memory](const detection::Request& request) {
            memory.look();
            undeclared_.note(request);
            return pipeline.observe(request, wall_now()).match.asset;
          },
          parsed(stored)) {
  follow_what_can_be(config, proxies);
}

Result<void> LogService::follow(const config::Config& config, const std::vector<Prefix>& proxies) {
  auto done = logs_.follow(config.logs, trust(proxies, config));
  if (done) undeclared_.forget(proxies);
  return done;
}

void LogService::follow_what_can_be(const config::Config& config, const std::vector<Prefix>& proxies) {
  for (const Error& error : logs_.follow_what_can_be(config.logs, trust(proxies, config)))
    spdlog::error("{}", error.message());
  undeclared_.forget(proxies);
}

void LogService::retry() {
  for (const std::string& path : logs_.retry())
    spdlog::info("{}: can be read now", path);
}

std::uint64_t LogService::lines() const {
  std::uint64_t lines = 0;
  for (const control::LogStatus& log : logs_.status())
    lines += log.lines;
  return lines;
}

}  // namespace sluice::app
