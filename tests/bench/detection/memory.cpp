// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/detection/memory.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/detection/detector.h"

namespace sluice::bench {
namespace {

double peak_bytes() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) std::abort();
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

void visit(detection::Detector& detector, const Sources& sources, std::size_t count) {
  detection::Request request;
  request.method = "GET";
  request.protocol = "HTTP/1.1";
  request.status = 200;
  request.bytes = 4000;
  request.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
  request.fields = {detection::LogField::referer, detection::LogField::user_agent};
  for (unsigned round = 0; round < sources.pages + sources.assets; ++round) {
    for (std::size_t i = 0; i < count; ++i) {
      request.time = WallTime(Seconds(1'790'000'000 + 60 * round));
      request.client = Address::from_v4({10, static_cast<std::uint8_t>(i >> 16U),
                                         static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i)});
      const bool page = round < sources.pages;
      const std::string target = page ? "/people/" + std::to_string((i * 7919 + round * 331) % 20'000)
                                      : "/assets/" + std::to_string(round) + ".png";
      request.target = target;
      (void)detector.observe(request);
    }
  }
}

}  // namespace

double bytes_a_source(const Sources& sources, std::size_t count) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) std::abort();
  const pid_t child = fork();
  if (child < 0) std::abort();
  if (child == 0) {
    detection::DetectorOptions options;
    options.max_sources = count;
    detection::NoNames names;
    auto detector = detection::Detector::create(options, std::make_shared<detection::Knowledge>(), names);
    if (!detector) _exit(1);
    const double before = peak_bytes();
    visit(*detector, sources, count);
    const double each = (peak_bytes() - before) / static_cast<double>(count);
    _exit(write(ends[1], &each, sizeof each) == sizeof each ? 0 : 1);
  }
  close(ends[1]);
  double each = 0;
  const bool got = read(ends[0], &each, sizeof each) == sizeof each;
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0 || !got) std::abort();
  return each;
}

}  // namespace sluice::bench
