// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/server_config.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/address.h"
#include "daemon/base/text.h"

namespace sluice::ctl {
namespace {

std::optional<std::uint16_t> port_in(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_of_this_host(std::string_view host) {
  if (host == "localhost") return true;
  const auto address = Address::parse(host);
  if (!address) return false;
  return Prefix::parse("127.0.0.0/8").value().contains(*address) ||
         Prefix::parse("::1").value().contains(*address);
}

void add_port(std::uint16_t port, std::vector<std::uint16_t>& ports) {
  const auto at = std::ranges::lower_bound(ports, port);
  if ((at == ports.end() || *at != port) && ports.size() < kMaxServerPorts) ports.insert(at, port);
}

void add_one(std::string_view text, std::uint16_t otherwise, std::vector<std::uint16_t>& ports) {
  // Caddy names the network before a slash, HAProxy before an @; an address has neither.
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    if (!text.starts_with("tcp") && !text.starts_with("udp")) return;  // the path of a socket
    text.remove_prefix(slash + 1);
  }
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    const std::string_view network = text.substr(0, at);
    if (!network.starts_with("ipv") && !network.starts_with("tcp") && !network.starts_with("quic")) return;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with("unix:") || text.empty() || text.find('/') != std::string_view::npos) return;

  std::string_view host;
  std::string_view range;
  if (text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return;
    host = text.substr(1, end - 1);
    range = text.substr(end + 1);
    if (range.starts_with(':')) range.remove_prefix(1);
  } else if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    range = text.substr(colon + 1);
  } else if (is_digit(text.front()) && text.find('.') == std::string_view::npos) {
    range = text;
  } else {
    host = text;
  }
  if (is_of_this_host(host)) return;
  if (range.empty()) return add_port(otherwise, ports);
  const auto dash = range.find('-');
  const auto first = port_in(range.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : port_in(range.substr(dash + 1));
  if (!first || !last) return;
  for (unsigned port = *first; port <= *last && ports.size() < kMaxServerPorts; ++port)
    add_port(static_cast<std::uint16_t>(port), ports);
}

}  // namespace

std::string syslog_receiver(std::string_view host) {
  const bool has_port = host.rfind(':') != std::string_view::npos && !host.ends_with(']');
  return fmt::format("udp:{}{}", host, has_port ? "" : ":514");
}

void add_listen(std::string_view text, std::uint16_t otherwise, std::vector<std::uint16_t>& ports) {
  while (!text.empty())
    add_one(take_until(text, ','), otherwise, ports);
}

void add_log_once(ServerLog log, ServerConfig& config) {
  if (std::ranges::find(config.logs, log) != config.logs.end()) return;
  if (config.logs.size() < kMaxServerLogs) {
    config.logs.push_back(std::move(log));
  } else {
    add_sentence(log.place + ": is left out: there are too many logs", config.unseen);
  }
}

void add_sentence(std::string sentence, std::vector<std::string>& sentences) {
  if (sentences.size() < kMaxServerRemarks && std::ranges::find(sentences, sentence) == sentences.end())
    sentences.push_back(std::move(sentence));
}

}  // namespace sluice::ctl
