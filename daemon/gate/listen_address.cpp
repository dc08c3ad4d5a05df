// SPDX-License-Identifier: Apache-2.0
#include "daemon/gate/listen_address.h"

#include <charconv>

#include <fmt/format.h>
#include <sys/un.h>

namespace sluice::gate {
namespace {

constexpr std::string_view kForms =
    "write a loopback address with a port (\"127.0.0.1:9798\", "
    "\"[::1]:9798\") or the path of a socket (\"/run/sluice/metrics.sock\")";

Error complaint(std::string_view text, std::string_view why) {
  return Error(fmt::format("\"{}\" {}; {}", text, why, kForms));
}

bool is_loopback(const Address& address) {
  if (address.family() == Family::ipv4) return address.bytes()[0] == 127;
  return address == *Address::parse("::1");
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  if (text.starts_with('/')) {
    if (text.size() >= sizeof(sockaddr_un::sun_path)) return complaint(text, "is too long for a socket");
    return ListenAddress(UnixEndpoint{std::string(text)});
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return complaint(text, "has no port");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return complaint(text, "is an IPv6 address without brackets, or has no port");
  }
  const auto address = Address::parse(host);
  if (!address) return complaint(text, "is no address");
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0)
    return complaint(text, "has no port of 1 to 65535");
  if (!is_loopback(*address)) return complaint(text, "can be reached from other hosts");
  return ListenAddress(TcpEndpoint{*address, port});
}

}  // namespace sluice::gate
