// SPDX-License-Identifier: Apache-2.0
#include "ctl/pcapng.h"

#include <algorithm>
#include <utility>

namespace sluice::ctl {
namespace {

// Block types, option codes and values by their names in the specification.
constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kUserApplication = 4;  // of a section
constexpr std::uint16_t kName = 2;             // of an interface, like those below
constexpr std::uint16_t kTimeResolution = 9;
constexpr char kNanoseconds = 9;  // 10^-9
constexpr std::uint16_t kEthernet = 1;
constexpr std::size_t kMaxOption = 65'532;

// Little endian, which the byte order magic tells.
template <class Int>
void put(std::string& out, Int value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    out += static_cast<char>(value >> (8 * i) & 0xff);
}

void put_padded(std::string& out, std::string_view bytes) {
  out += bytes;
  out.append((4 - bytes.size() % 4) % 4, '\0');
}

void put_option(std::string& out, std::uint16_t code, std::string_view value) {
  value = value.substr(0, kMaxOption);
  put(out, code);
  put(out, static_cast<std::uint16_t>(value.size()));
  put_padded(out, value);
}

void end_options(std::string& out) {
  put(out, kEndOfOptions);
  put(out, std::uint16_t{0});
}

// The length stands before and behind the body.
std::string block(std::uint32_t type, std::string_view body) {
  const auto length = static_cast<std::uint32_t>(body.size() + 12);
  std::string out;
  put(out, type);
  put(out, length);
  out += body;
  put(out, length);
  return out;
}

std::string interface_block(std::string_view name) {
  std::string body;
  put(body, kEthernet);
  put(body, std::uint16_t{0});
  put(body, std::uint32_t{0});  // no limit of length
  put_option(body, kName, name);
  put_option(body, kTimeResolution, std::string_view(&kNanoseconds, 1));
  end_options(body);
  return block(kInterfaceDescription, body);
}

}  // namespace

std::string PcapngWriter::header(std::string_view application) {
  std::string body;
  put(body, kByteOrderMagic);
  put(body, std::uint16_t{1});
  put(body, std::uint16_t{0});
  put(body, ~std::uint64_t{0});  // the section's length is not known
  put_option(body, kUserApplication, application);
  end_options(body);
  return block(kSectionHeader, body);
}

std::string PcapngWriter::frame(const Frame& frame) {
  std::string out;
  const auto [interface, is_new] =
      interfaces_.try_emplace(std::string(frame.interface), static_cast<std::uint32_t>(interfaces_.size()));
  if (is_new) out += interface_block(frame.interface);

  const auto time = static_cast<std::uint64_t>(frame.time_ns);
  std::string body;
  put(body, interface->second);
  put(body, static_cast<std::uint32_t>(time >> 32));
  put(body, static_cast<std::uint32_t>(time));
  put(body, static_cast<std::uint32_t>(frame.data.size()));
  put(body, static_cast<std::uint32_t>(frame.bytes));
  put_padded(body, {reinterpret_cast<const char*>(frame.data.data()), frame.data.size()});
  put_option(body, kComment, frame.comment);
  end_options(body);
  return out + block(kEnhancedPacket, body);
}

}  // namespace sluice::ctl
