// SPDX-License-Identifier: Apache-2.0
// Writes captured frames as pcapng (draft-ietf-opsawg-pcapng), which Wireshark and tcpdump read: one section,
// an interface block for each interface when its first frame comes, times in nanoseconds, and with each frame
// why it was dropped. Into memory; whoever calls writes it out.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace sluice::ctl {

class PcapngWriter {
 public:
  // The bytes that a file begins with. `application` is named in it.
  [[nodiscard]] static std::string header(std::string_view application);

  struct Frame {
    std::string_view interface;
    std::int64_t time_ns = 0;  // since 1970
    std::uint64_t bytes = 0;   // as it came; `data` may hold less
    std::span<const std::uint8_t> data;
    std::string_view comment;
  };
  // The bytes that follow for this frame, with its interface's where it is the first of that.
  [[nodiscard]] std::string frame(const Frame& frame);

 private:
  std::map<std::string, std::uint32_t, std::less<>> interfaces_;  // their numbers in the file
};

}  // namespace sluice::ctl
