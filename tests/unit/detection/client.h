// SPDX-License-Identifier: Apache-2.0
// One client with all that its log lines and its TLS hello tell of it, for the tests of the heuristics that
// judge what a client is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {

// One client before one detector, with what its log line holds. Time moves by `wait`.
class Client {
 public:
  Client(Detector& detector, std::string_view address, std::string_view agent)
      : detector_(detector), address_(*Address::parse(address)) {
    request.client = address_;
    request.method = "GET";
    request.protocol = "HTTP/1.1";
    request.status = 200;
    request.user_agent = agent;
    request.fields = {LogField::referer, LogField::user_agent, LogField::accept_language};
  }

  void wait(int seconds) { now_ += seconds; }
  void get(std::string_view target) {
    request.time = at(now_);
    request.target = target;
    (void)detector_.observe(request);
  }
  // Fetches pages and nothing else.
  void fetch(int pages) {
    for (int i = 0; i < pages; ++i) {
      get("/news/" + std::to_string(i));
      wait(10);
    }
  }
  // Reads as a browser: what the page pulls in, a referer, a language.
  void browse(int pages, int assets = 5) {
    for (int i = 0; i < pages; ++i) {
      request.referer = i == 0 ? "" : "https://example.org/";
      request.accept_language = "de";
      get("/news/" + std::to_string(i));
      for (int j = 0; j < assets; ++j)
        get("/assets/" + std::to_string(j) + ".css");
      wait(10);
    }
  }
  void hello(const std::vector<std::uint8_t>& bytes) {
    Hello hello;
    hello.time = at(now_);
    hello.client = address_;
    hello.bytes = bytes;
    hello.whole = true;
    detector_.observe(hello);
  }

  [[nodiscard]] Finding finding() const { return detector_.evaluate(detector_.identify(address_), at(now_)); }
  [[nodiscard]] std::optional<Signal> signal(std::string_view heuristic) const {
    for (const Signal& signal : finding().signals) {
      if (signal.heuristic == heuristic) return signal;
    }
    return std::nullopt;
  }

  Request request;

 private:
  Detector& detector_;
  Address address_;
  std::int64_t now_ = 0;
};

// Ten people, so that the detector knows how the site's browsers load its pages.
inline void accustom(Detector& detector, int assets = 5) {
  for (int i = 0; i < 10; ++i) {
    Client person(detector, "198.51.100." + std::to_string(i + 1), i % 2 == 0 ? kChrome : kFirefox);
    person.browse(40, assets);
  }
}

}  // namespace sluice::detection::test
