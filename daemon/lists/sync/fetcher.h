// SPDX-License-Identifier: Apache-2.0
// Fetches texts over HTTPS, through libcurl on the daemon's loop: nothing waits but the name look-up, which
// libcurl gives a thread of its own. Whoever answers is a stranger: what he sends, how much of it and how
// long he takes are bounded. Keeps nothing and retries nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/lists/sync/copy.h"

namespace sluice::lists {

struct FetchRequest {
  std::string url;            // source.h says which there are
  Version version;            // that is there already: the server may say that it is still the one
  std::size_t max_bytes = 0;  // of the text, unpacked
  Seconds timeout{};
  std::string ca;  // a PEM file; empty: the system's authorities
  // Sent as X-Api-Key. With one there are no redirects, and no proxy before this host: it is for one server.
  std::string api_key;
  std::string user_agent = "sluiced/" SLUICE_VERSION;
};

struct FetchAnswer {
  bool unchanged = false;  // the version is still the one; no text
  std::string text;
  Version version;
};

struct FetchFailure {
  Error error;            // begins with the URL
  Seconds retry_after{};  // what the server asked for, or 0
  long status = 0;        // of its answer; 0: there was none
};

class Fetcher {
 public:
  static constexpr std::size_t kMaxAtOnce =
      2;  // so that so many texts are in memory; others wait for their turn
  static constexpr std::size_t kMaxHeaders = 64 << 10U;  // bytes of all of an answer's
  static constexpr long kMaxRedirects = 3;               // to https alone
  static constexpr Seconds kConnectTime{15};

  // One of the two is null. Called on the loop, once, never within get().
  using Done = std::function<void(FetchAnswer* answer, const FetchFailure* failure)>;

  [[nodiscard]] static Result<std::unique_ptr<Fetcher>> create(const boost::asio::any_io_executor& executor);
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;
  ~Fetcher();  // as stop()

  void get(FetchRequest request, Done done);

  // Gives up what is on the way; its `done` is not called.
  void stop();

 private:
  class Engine;
  explicit Fetcher(std::shared_ptr<Engine> engine);

  std::shared_ptr<Engine> engine_;
};

}  // namespace sluice::lists
