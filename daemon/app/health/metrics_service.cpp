// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/metrics_service.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/app/health/metrics.h"
#include "daemon/base/clock.h"

namespace sluice::app {

Result<std::unique_ptr<MetricsService>> MetricsService::create(boost::asio::io_context& io,
                                                               const std::string& listen,
                                                               control::Operations& operations) {
  auto server = gate::HttpServer::create(io, {.listen = listen}, [&operations](std::string_view target) {
    if (target != "/metrics") return gate::HttpAnswer{};
    const control::Caller caller{"metrics", control::Role::viewer};
    const auto status = operations.carry_out(control::StatusRequest(), caller);
    const auto lists = operations.carry_out(control::ListsRequest(), caller);
    if (!status || !lists) return gate::HttpAnswer{500, "text/plain", "the state is not known\n"};
    return gate::HttpAnswer{200, std::string(kMetricsContentType), metrics_text(*status, *lists, wall_now())};
  });
  if (!server) return Error(fmt::format("metrics.listen: {}", server.error().message()));
  return std::unique_ptr<MetricsService>(new MetricsService(*std::move(server)));
}

}  // namespace sluice::app
