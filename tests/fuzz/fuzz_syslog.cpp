// SPDX-License-Identifier: Apache-2.0
// What syslog puts before a line: the message is the end of the datagram, and places to listen are read or
// refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/intake/envelopes/syslog.h"
#include "daemon/intake/sources/log_socket.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::intake;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view message = strip_syslog(text);
  if (!text.ends_with(message)) std::abort();
  const auto point = parse_listen(text);
  if (point && point->unix_path.empty() == (point->port == 0)) std::abort();
  return 0;
}
