// SPDX-License-Identifier: Apache-2.0
// Any lines as targets, hosts and referers of a log, asked for by several visitors: memory stays within its
// bound, the numbers agree, and every pattern that is proposed can be read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/base/text.h"
#include "daemon/detection/site/discovery/discovery.h"
#include "daemon/detection/site/mask.h"
#include "daemon/detection/site/pattern.h"

namespace {

using namespace sluice;
using namespace sluice::detection;

void require(bool condition) {
  if (!condition) std::abort();
}

// A line is "TARGET HOST REFERER"; each comes from several visitors, with a number in place of '#'.
void note_line(RouteDiscovery& discovery, std::string_view line, std::uint8_t round, std::string& buffer) {
  std::string text(line);
  for (std::size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at))
    text.replace(at, 1, std::to_string(round));
  std::string_view rest = text;
  Request request;
  request.target = take_until(rest, ' ');
  request.host = take_until(rest, ' ');
  request.referer = rest;
  request.method = "GET";
  request.status = 200;
  request.time = WallTime(Seconds(round));
  request.fields = LogFields{LogField::referer};
  const Prefix source(Address::from_v4({10, 0, 0, static_cast<std::uint8_t>(round % 5)}), 32);
  discovery.note(normalise(request.target, {}, buffer), request, source, round % 2 == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Small, so that it is full soon.
  RouteDiscovery discovery({{.nodes = 200, .classes = 20}, 4, 1});
  std::string buffer;
  for (std::uint8_t round = 0; round < 40; ++round) {
    for (std::string_view rest = text; !rest.empty();)
      note_line(discovery, take_until(rest, '\n'), round, buffer);
  }
  require(discovery.counts().noted <= discovery.counts().requests);
  require(discovery.memory_bytes() < 400'000);
  for (const Shape& shape : discovery.shapes()) {
    require(shape.covered_requests <= shape.requests && shape.requests > 0);
    require(shape.text.find('/') != std::string::npos);
  }
  for (const ProposedRoute& route : discovery.propose()) {
    require(static_cast<bool>(PathPattern::parse(route.pattern)));
    for (const std::string& host : route.hosts)
      require(static_cast<bool>(Mask::parse(host)));
    require(route.people >= 0 && route.people <= 1 && route.visitors <= 1);
  }
  (void)to_toml(discovery.propose());
  return 0;
}
