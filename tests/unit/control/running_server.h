// SPDX-License-Identifier: Apache-2.0
// A control server on a thread of its own, in a folder of its own, for tests that speak to it through its
// socket.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemon/control/server.h"
#include "tests/unit/control/memory_operations.h"

namespace sluice::control {

// Goes with what is in it. Everybody may enter it: the socket's own mode is what is tested.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    ::chmod(path_.c_str(), 0755);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class RunningServer {
 public:
  // options.path is set to a socket in a temporary folder.
  explicit RunningServer(ServerOptions options = {}) {
    options.path = path();
    auto server = Server::create(io_, std::move(options), operations_);
    if (!server) std::abort();
    server_ = std::move(*server);
    thread_ = std::thread([this] { io_.run(); });
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  ~RunningServer() { stop(); }

  [[nodiscard]] std::string path() const { return folder_.file("control.sock"); }

  // Runs `call` on the loop's thread, where the server and the operations may be touched, and gives its
  // result.
  template <class Call>
  auto on_loop(Call call) {
    std::packaged_task<decltype(call(std::declval<Server&>(), operations_))()> task(
        [&] { return call(*server_, operations_); });
    auto result = task.get_future();
    boost::asio::post(io_, std::ref(task));
    return result.get();
  }

  [[nodiscard]] ControlStatus status() {
    return on_loop([](Server& server, MemoryOperations&) { return server.status(); });
  }

  // Stops the server and waits until the loop has nothing left to do.
  void stop() {
    if (!thread_.joinable()) return;
    on_loop([](Server& server, MemoryOperations&) { server.stop(); });
    thread_.join();
  }

 private:
  TemporaryFolder folder_;
  MemoryOperations operations_;
  boost::asio::io_context io_{1};
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace sluice::control
