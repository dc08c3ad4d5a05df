// SPDX-License-Identifier: Apache-2.0
// ClientHellos for tests: made of parts, cut into records, or read from the recorded ones in hellos/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::detection::test {

using Bytes = std::vector<std::uint8_t>;

inline void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

inline Bytes number(std::size_t value, std::size_t width) {
  Bytes bytes;
  for (std::size_t i = width; i-- > 0;)
    bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return bytes;
}

// With its length before it.
inline Bytes vector(std::size_t width, const Bytes& content) {
  Bytes bytes = number(content.size(), width);
  append(bytes, content);
  return bytes;
}

inline Bytes numbers(const std::vector<std::uint16_t>& values) {
  Bytes bytes;
  for (const std::uint16_t value : values)
    append(bytes, number(value, 2));
  return bytes;
}

inline Bytes text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

// `length` bytes a record.
inline Bytes in_records(const Bytes& handshake, std::size_t length) {
  Bytes bytes;
  for (std::size_t at = 0; at < handshake.size(); at += length) {
    const auto begin = handshake.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = begin + static_cast<std::ptrdiff_t>(std::min(length, handshake.size() - at));
    append(bytes, {22, 3, 1});
    append(bytes, vector(2, Bytes(begin, end)));
  }
  return bytes;
}

struct HelloBuilder {
  std::uint16_t version = 0x0303;
  Bytes session_id;
  std::vector<std::uint16_t> ciphers = {0x1301, 0x1302};
  std::vector<std::pair<std::uint16_t, Bytes>> extensions;

  HelloBuilder& with(std::uint16_t extension, const Bytes& content) {
    extensions.emplace_back(extension, content);
    return *this;
  }
  HelloBuilder& with_name(std::string_view name) {
    Bytes entry = {0};
    append(entry, vector(2, text(name)));
    return with(0, vector(2, entry));
  }
  HelloBuilder& with_alpn(const std::vector<std::string_view>& protocols) {
    Bytes list;
    for (const auto protocol : protocols)
      append(list, vector(1, text(protocol)));
    return with(16, vector(2, list));
  }
  HelloBuilder& with_versions(const std::vector<std::uint16_t>& versions) {
    return with(43, vector(1, numbers(versions)));
  }

  [[nodiscard]] Bytes handshake() const {
    Bytes body = number(version, 2);
    append(body, Bytes(32, 0x5c));
    append(body, vector(1, session_id));
    append(body, vector(2, numbers(ciphers)));
    append(body, {1, 0});
    Bytes all;
    for (const auto& [type, content] : extensions) {
      append(all, number(type, 2));
      append(all, vector(2, content));
    }
    if (!extensions.empty()) append(body, vector(2, all));
    Bytes message = {1};
    append(message, vector(3, body));
    return message;
  }
  [[nodiscard]] Bytes bytes() const { return in_records(handshake(), 16'384); }
};

inline std::string read_recorded(std::string_view file) {
  const auto path =
      std::filesystem::path(SLUICE_SOURCE_DIR) / "tests" / "unit" / "pipeline" / "tls" / "hellos" / file;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path.string() + " cannot be read");
  return {std::istreambuf_iterator<char>(stream), {}};
}

// What the client NAME sent.
inline Bytes recorded_hello(std::string_view name) {
  return text(read_recorded(std::string(name) + ".hello"));
}
inline std::string recorded_agent(std::string_view name) {
  std::string line = read_recorded(std::string(name) + ".agent");
  while (line.ends_with('\n'))
    line.pop_back();
  return line;
}

}  // namespace sluice::detection::test
