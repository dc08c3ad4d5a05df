// SPDX-License-Identifier: Apache-2.0
// Visits as a test writes them: who, when, what; put through a detector one by one.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "daemon/detection/detector.h"

namespace sluice::detection::test {

inline constexpr std::string_view kChrome =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
inline constexpr std::string_view kFirefox =
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
inline constexpr std::string_view kGooglebot =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

inline WallTime at(std::int64_t second) {
  return WallTime(Seconds(1'790'000'000 + second));
}

inline Prefix source(std::string_view text) {
  auto prefix = Prefix::parse(text);
  EXPECT_TRUE(prefix) << text;
  return *prefix;
}

// One visitor before one detector. Time moves by `wait`; nothing reads a clock.
class Visitor {
 public:
  using Observe = std::function<void(const Request&)>;

  explicit Visitor(Detector& detector, std::string_view address = "192.0.2.7")
      : Visitor(
            detector, [&detector](const Request& request) { (void)detector.observe(request); }, address) {}
  // Before whatever the detector is a part of.
  Visitor(const Detector& detector, Observe observe, std::string_view address = "192.0.2.7")
      : detector_(detector), observe_(std::move(observe)), client_(*Address::parse(address)) {}

  std::string user_agent = "Mozilla/5.0";  // of what is asked for from here on
  std::uint64_t bytes = 4000;              // likewise, of the answer

  void wait(double seconds) { now_ += seconds; }
  // What get() asks for, to be changed and put through the detector by hand. Points to `target`.
  [[nodiscard]] Request request(std::string_view target, std::uint16_t status = 200) const {
    Request request;
    request.time = time();
    request.client = client_;
    request.method = "GET";
    request.target = target;
    request.protocol = "HTTP/1.1";
    request.status = status;
    request.bytes = bytes;
    request.user_agent = user_agent;
    request.fields = {LogField::referer, LogField::user_agent};
    return request;
  }
  void get(std::string_view target, std::uint16_t status = 200) { observe_(request(target, status)); }
  void person(int number, std::uint16_t status = 200) { get("/people/" + std::to_string(number), status); }
  // A page as a browser fetches it: with its style, script, portraits.
  void browse(std::string_view target, int assets = 12) {
    get(target);
    for (int i = 0; i < assets; ++i)
      get("/assets/portrait-" + std::to_string(i) + ".png");
  }

  [[nodiscard]] WallTime time() const {
    return at(0) + std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(now_));
  }
  [[nodiscard]] Finding finding() const { return detector_.evaluate(detector_.identify(client_), time()); }
  [[nodiscard]] const Signal* signal(std::string_view heuristic) {
    last_ = finding();
    for (const Signal& signal : last_.signals) {
      if (signal.heuristic == heuristic) return &signal;
    }
    return nullptr;
  }

 private:
  const Detector& detector_;
  Observe observe_;
  Address client_;
  double now_ = 0;
  Finding last_;
};

// A number that a signal was made of.
inline double number_in(const Signal& signal, std::string_view name) {
  const auto at = std::ranges::find(signal.numbers, name, &Number::name);
  EXPECT_NE(at, signal.numbers.end()) << name;
  return at == signal.numbers.end() ? -1 : at->value;
}

inline std::shared_ptr<const Knowledge> knowledge() {
  return std::make_shared<Knowledge>();
}

// Without an oracle nobody asks DNS, and published ranges alone speak.
inline Detector detector(const DetectorOptions& options = {},
                         const std::shared_ptr<const Knowledge>& known = knowledge(),
                         NameOracle* oracle = nullptr) {
  static NoNames nobody;
  auto made = Detector::create(options, known, oracle != nullptr ? *oracle : nobody);
  EXPECT_TRUE(made);
  return *std::move(made);
}

}  // namespace sluice::detection::test
