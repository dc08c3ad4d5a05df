// SPDX-License-Identifier: Apache-2.0
// Copies of frames that anybody may have sent, one after the other: the input is a series of a length (two
// bytes), an offset of the payload (one byte) and a frame. They are read within bounds; of hellos no more is
// told than came and than is kept, and a whole one is as long as it says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "daemon/kernel/frame.h"
#include "daemon/kernel/hello_assembler.h"

namespace {

using namespace sluice;
using kernel::HelloAssembler;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_summary(std::span<const std::uint8_t> frame) {
  const auto summary = kernel::summarize(frame);
  if (!summary) return;
  require(frame.size() >= 34);
  require(summary->source.family() == summary->destination.family());
  require(summary->source_port.has_value() == summary->destination_port.has_value());
  require(!summary->sequence || summary->source_port);
  if (summary->source_port) require(frame.size() >= 38);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::uint8_t> rest(data, size);
  std::size_t came = 0;
  std::size_t told = 0;
  HelloAssembler assembler([&](const detection::Hello& hello) {
    require(hello.bytes.size() <= HelloAssembler::kMaxBytes && hello.bytes.size() >= 5);
    require(hello.bytes[0] == 22 && hello.bytes[1] == 3);
    const std::size_t length = std::size_t{hello.bytes[3]} << 8 | hello.bytes[4];
    require(!hello.whole || hello.bytes.size() == length + 5);
    told += hello.bytes.size();
  });
  while (rest.size() >= 3) {
    const std::size_t wanted = std::size_t{rest[0]} << 8 | rest[1];
    const std::size_t payload_at = rest[2];
    rest = rest.subspan(3);
    const auto part = rest.first(std::min(rest.size(), wanted));
    rest = rest.subspan(part.size());
    // Memory of its own: a read beyond the frame is one that the sanitizer sees.
    const std::vector<std::uint8_t> frame(part.begin(), part.end());
    check_summary(frame);
    if (assembler.take(frame, payload_at, WallTime{})) {
      require(payload_at < frame.size());
      came += frame.size() - payload_at;
    }
    require(told <= came);
  }
  return 0;
}
