// SPDX-License-Identifier: Apache-2.0
// Many visitors before one detector, in the order of time: what each of them asked for, and what was said of
// them when.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {

inline constexpr std::string_view kChrome =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
    "Safari/537.36";

struct CrowdPage {
  double time = 0;  // seconds from the begin
  std::string address{};
  std::string target{};
  std::string user_agent = std::string(kChrome);
  std::string account{};
  std::string credential{};
  bool loads = false;  // as a browser does: referer, language, what the page pulls in
  std::uint16_t status = 200;
  std::vector<std::uint8_t> hello{};  // before the first page of the address; empty: not seen
};

class Crowd {
 public:
  explicit Crowd(Detector& detector) : detector_(detector) {}

  // Everything in the order of time; after each page its source is judged. Further pages are of later times.
  void play(std::vector<CrowdPage> pages) {
    std::ranges::stable_sort(pages, {}, &CrowdPage::time);
    for (const CrowdPage& page : pages)
      ask(page);
  }

  struct Told {
    std::size_t pages = 0;           // that the source had asked for
    std::size_t subjects = 0;        // that all sources had asked for
    Finding finding;                 // then
    const Signal* signal = nullptr;  // the heuristic's
  };
  // What was first said of a source by a heuristic; null: nothing ever was.
  [[nodiscard]] const Told* told(const std::string& address, std::string_view heuristic) const {
    const auto at = told_.find({address, std::string(heuristic)});
    return at == told_.end() ? nullptr : &at->second;
  }
  // Of how many sources a heuristic ever said something.
  [[nodiscard]] std::size_t sources_told(std::string_view heuristic) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(told_, [&](const auto& entry) { return entry.first.second == heuristic; }));
  }
  [[nodiscard]] double highest_score() const { return highest_score_; }

 private:
  void ask(const CrowdPage& page) {
    Request request;
    request.time = at(0) + std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(page.time));
    request.client = *Address::parse(page.address);
    request.method = "GET";
    request.target = page.target;
    request.protocol = "HTTP/1.1";
    request.status = page.status;
    request.bytes = 4000;
    request.user_agent = page.user_agent;
    request.account = page.account;
    request.credential = page.credential;
    request.fields = {LogField::referer, LogField::user_agent, LogField::accept_language, LogField::account};
    if (page.loads) {
      request.referer = "https://example.org/people";
      request.accept_language = "en";
    }
    if (!page.hello.empty() && pages_[page.address] == 0)
      detector_.observe(
          Hello{.time = request.time, .client = request.client, .bytes = page.hello, .whole = true});
    (void)detector_.observe(request);
    ++pages_[page.address];
    if (page.target.starts_with("/people/")) subjects_.insert(page.target);
    judge(page, request);
    if (!page.loads) return;
    for (const char* asset : {"/assets/a.css", "/assets/a.js", "/assets/a.png", "/assets/b.png"}) {
      request.target = asset;
      (void)detector_.observe(request);
    }
  }

  void judge(const CrowdPage& page, const Request& request) {
    const Finding finding = detector_.evaluate(detector_.identify(request.client), request.time);
    highest_score_ = std::max(highest_score_, finding.score);
    for (const Signal& signal : finding.signals) {
      auto [told, is_new] = told_.try_emplace({page.address, signal.heuristic});
      if (!is_new) continue;
      told->second = {pages_[page.address], subjects_.size(), finding, nullptr};
      told->second.signal =
          &*std::ranges::find(told->second.finding.signals, signal.heuristic, &Signal::heuristic);
    }
  }

  Detector& detector_;
  std::map<std::string, std::size_t> pages_;
  std::set<std::string> subjects_;
  std::map<std::pair<std::string, std::string>, Told> told_;
  double highest_score_ = 0;
};

inline std::string profile(std::uint64_t number) {
  return "/people/" + std::to_string(number);
}

// Draws profiles as people do: some are popular, most are not (Zipf, exponent 0.8), and what is popular is
// not where the numbers are low.
class Interest {
 public:
  Interest(std::uint64_t profiles, double exponent) {
    std::vector<double> weights;
    for (std::uint64_t i = 1; i <= profiles; ++i)
      weights.push_back(1 / std::pow(static_cast<double>(i), exponent));
    rank_ = std::discrete_distribution<std::uint64_t>(weights.begin(), weights.end());
    for (std::uint64_t i = 0; i < profiles; ++i)
      numbers_.push_back(i);
    std::mt19937 random(1);
    std::ranges::shuffle(numbers_, random);
  }
  std::uint64_t operator()(std::mt19937& random) { return numbers_[rank_(random)]; }

 private:
  std::discrete_distribution<std::uint64_t> rank_;
  std::vector<std::uint64_t> numbers_;
};

// A visit of a person who reads so many profiles: they open one every 20 to 90 seconds.
inline void read_as_a_person(std::vector<CrowdPage>& pages, CrowdPage page, int profiles, Interest& interest,
                             std::mt19937& random) {
  for (int i = 0; i < profiles; ++i) {
    page.target = profile(interest(random));
    pages.push_back(page);
    page.time += 20.0 + static_cast<double>(random() % 70);
  }
}

}  // namespace sluice::detection::test
