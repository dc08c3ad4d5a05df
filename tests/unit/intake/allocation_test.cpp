// SPDX-License-Identifier: Apache-2.0
// A million lines a second leave no time for the heap: parsing a readable line allocates nothing. Replaces
// the global operator new of this test program to count.
#include <cstdlib>
#include <new>
#include <string>

#include <gtest/gtest.h>

#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/haproxy.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/log_options.h"

namespace {

std::size_t allocations = 0;

}  // namespace

// Not inlined: GCC would see that one half of a pair is malloc and take the other for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size > 0 ? size : 1);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace sluice::intake {
namespace {

TEST(Parsing, OfAReadableLineAllocatesNothing) {
  const std::string combined =
      R"x(2001:db8::7 - alice [24/Nov/2026:08:07:24 +0200] "GET /people/1 HTTP/1.1" 200 5120 "-" "Mozilla/5.0")x";
  const std::string json =
      R"({"time":"2026-11-24T08:07:24+02:00","remote_addr":"192.0.2.7","uri":"/a\"b","status":200,"x":{"y":[1]}})";
  const std::string unusual = R"({"time":1.5,"remote_addr":"192.0.2.7","uri":"/\x22)"
                              "\xff\"}";
  const std::string pattern =
      R"(10.0.0.1 [24/Nov/2026:08:07:24 +0200] "GET /a\x22 HTTP/1.1" 200 "/b" "c=1" 0.5 "198.51.100.9")";
  const std::string haproxy =
      R"(192.0.2.7:1 [24/Nov/2026:08:07:24.655] a b/c 1/2/3/4/5 200 1 - - ---- 1/1/1/1/0 0/0 {a|b#22} "GET /#22 HTTP/1.1")";
  LogOptions nginx{.format = formats::kNginx};
  nginx.pattern =
      R"($remote_addr [$time_local] "$request" $status "$uri" "$args" $request_time "$http_x_forwarded_for")";
  LogOptions captured{.format = formats::kHaproxy};
  captured.headers = {"host", "user-agent"};
  for (const auto& [options, line] :
       {std::pair{LogOptions{}, combined}, std::pair{LogOptions{.format = formats::kCommon}, combined},
        std::pair{LogOptions{.format = formats::kVhostCombined}, "example.org:443 " + combined},
        std::pair{LogOptions{.format = formats::kJson}, json},
        std::pair{LogOptions{.format = formats::kJson}, unusual}, std::pair{nginx, pattern},
        std::pair{captured, haproxy}}) {
    const auto parser = *make_parser(options);
    (void)parser->parse(line);  // the first line makes the buffers
    const std::size_t before = allocations;
    std::size_t readable = 0;
    for (int i = 0; i < 100; ++i)
      readable += parser->parse(line) ? 1U : 0U;
    EXPECT_EQ(allocations, before) << line;
    EXPECT_EQ(readable, 100U) << line;
  }
  EXPECT_GT(allocations, 0U);  // the count counts
}

}  // namespace
}  // namespace sluice::intake
