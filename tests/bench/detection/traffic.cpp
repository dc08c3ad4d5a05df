// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/detection/traffic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace sluice::bench {
namespace {

constexpr std::array<std::string_view, 6> kBrowsers = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
    "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) "
    "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"};
constexpr std::array<std::string_view, 4> kTools = {"python-requests/2.32.3",
                                                    "Scrapy/2.8.0 (+https://scrapy.org)", "curl/7.88.1", ""};

// A twelfth of the lines are scrapers', who load nothing but pages. Of the people's a page in ten lines:
// eight to nine assets a page, as browsers with copies of some load.
constexpr unsigned kScraperOneIn = 12;
constexpr unsigned kPageOneIn = 10;
constexpr unsigned kReaders = 6000;
constexpr unsigned kScrapers = 40;
constexpr unsigned kPeople = 20'000;  // who can be read

class Random {
 public:
  unsigned below(unsigned limit) { return static_cast<unsigned>(engine_() % limit); }

 private:
  std::mt19937 engine_{1};
};

class Writer {
 public:
  std::string text;

  void line(double second, std::string_view client, std::string_view target, int status,
            std::string_view referer, std::string_view agent) {
    const auto at = static_cast<unsigned>(second);
    fmt::format_to(std::back_inserter(text),
                   "{} - - [24/Nov/2026:{:02}:{:02}:{:02} +0000] \"GET {} HTTP/1.1\" {} {} \"{}\" \"{}\"\n",
                   client, at / 3600 % 24, at / 60 % 60, at % 60, target, status, 1000 + at % 9000,
                   referer.empty() ? "-" : referer, agent.empty() ? "-" : agent);
  }
};

// Few are looked at by many.
unsigned popular(Random& random) {
  const double uniform = (static_cast<double>(random.below(UINT32_MAX)) + 1) / 4294967297.0;
  return static_cast<unsigned>(std::pow(static_cast<double>(kPeople), uniform)) - 1;
}

}  // namespace

Traffic make_traffic(std::size_t lines) {
  Random random;
  Writer writer;
  Traffic traffic;
  traffic.sources = kReaders + kScrapers;
  std::array<unsigned, kScrapers> next{};
  for (std::size_t i = 0; i < lines; ++i) {
    const double second = 7200.0 * static_cast<double>(i) / static_cast<double>(lines);  // two hours
    if (random.below(kScraperOneIn) == 0) {
      const unsigned who = random.below(kScrapers);
      const unsigned page = next.at(who)++;
      const unsigned person = who % 2 == 0 ? who * 400 + page : random.below(kPeople);
      const bool is_list = page % 11 == 10;
      writer.line(second, fmt::format("192.0.2.{}", who),
                  is_list ? fmt::format("/people?page={}", page / 11) : fmt::format("/people/{}", person),
                  person % 40 == 39 ? 404 : 200, "", kTools.at(who % kTools.size()));
      ++traffic.pages;
      continue;
    }
    // A few read much, most little.
    const unsigned who = random.below(3) == 0 ? random.below(200) : random.below(kReaders);
    const std::string client = fmt::format("198.51.{}.{}", 100 + who / 250, 1 + who % 250);
    const std::string_view agent = kBrowsers.at(who % kBrowsers.size());
    if (random.below(kPageOneIn) != 0) {
      writer.line(second, client, fmt::format("/assets/{}.png", random.below(500)), 200,
                  "https://example.org/people", agent);
      continue;
    }
    const bool is_list = random.below(3) == 0;
    writer.line(second, client,
                is_list ? fmt::format("/people?q=n{}&page={}", random.below(300), random.below(3))
                        : fmt::format("/people/{}", popular(random)),
                200, random.below(5) == 0 ? "" : "https://example.org/people", agent);
    ++traffic.pages;
  }
  traffic.text = std::move(writer.text);
  for (std::string_view rest = traffic.text; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
    traffic.lines.push_back(rest.substr(0, rest.find('\n')));
  return traffic;
}

}  // namespace sluice::bench
