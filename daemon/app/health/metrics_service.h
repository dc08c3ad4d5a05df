// SPDX-License-Identifier: Apache-2.0
// Serves the metrics over HTTP, on this host alone. Owned by Daemon, where metrics.listen is set. A peer that
// misbehaves loses its connection; nothing of it ends the daemon.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "daemon/base/error.h"
#include "daemon/control/operations.h"
#include "daemon/gate/http_server.h"

namespace sluice::app {

class MetricsService {
 public:
  // Listens when it returns. Both must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<MetricsService>> create(boost::asio::io_context& io,
                                                                      const std::string& listen,
                                                                      control::Operations& operations);
  void stop() { server_->stop(); }

 private:
  explicit MetricsService(std::unique_ptr<gate::HttpServer> server) : server_(std::move(server)) {}

  std::unique_ptr<gate::HttpServer> server_;
};

}  // namespace sluice::app
