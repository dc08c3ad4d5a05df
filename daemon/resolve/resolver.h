// SPDX-License-Identifier: Apache-2.0
// Asks DNS and remembers the answers: the NameOracle of pipeline/agents/crawlers.h. An answer that is not
// there is asked for in the background, on the loop it was made with; nobody waits. Answers are kept for
// their time to live, within bounds, in a table of bounded size. Judges nothing.
//
// To join it: one Resolver in app/, handed to the pipeline; its counters go into `status`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/clock.h"
#include "daemon/base/error.h"
#include "daemon/detection/clients/agents/crawlers.h"

namespace sluice::resolve {

struct ResolverOptions {
  std::string servers;                      // "127.0.0.1:5353,[::1]:53"; empty: as /etc/resolv.conf says
  std::chrono::milliseconds timeout{2000};  // of the first try; c-ares gives later ones more
  int tries = 2;
  std::size_t max_entries = 65'536;  // answers kept; the oldest is forgotten for a new one
  std::size_t max_asking = 64;       // questions on the way at a time; others are asked when they come again
  std::function<KernelTime()> now = kernel_now;
};

// Since the start.
struct ResolverCounters {
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;  // with records, or that there are none
  std::uint64_t failed = 0;    // no answer in time, a refusal, or nonsense
  std::uint64_t deferred = 0;  // not asked, because too many were on the way
  std::uint64_t forgotten = 0;
};

class Resolver final : public detection::NameOracle {
 public:
  // How long answers are kept: for their time to live, but at least and at most so long; without records (a
  // name that does not exist) and after a failure for a time of their own.
  static constexpr Seconds kShortest{60};
  static constexpr Seconds kLongest{86'400};
  static constexpr Seconds kWithoutRecords{900};
  static constexpr Seconds kFailure{120};

  [[nodiscard]] static Result<std::unique_ptr<Resolver>> create(const boost::asio::any_io_executor& executor,
                                                                ResolverOptions options);
  ~Resolver() override;

  [[nodiscard]] Names names_of(const Address& address) override;
  [[nodiscard]] Addresses addresses_of(std::string_view name, Family family) override;

  // Gives up what is being asked: it failed.
  void cancel();

  [[nodiscard]] const ResolverCounters& counters() const;
  [[nodiscard]] std::size_t entries() const;

 private:
  class Engine;
  explicit Resolver(std::shared_ptr<Engine> engine);

  std::shared_ptr<Engine> engine_;
};

}  // namespace sluice::resolve
