// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/netset.h"

#include <cerrno>
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30U;
constexpr std::size_t kShownBytes = 64;  // of a bad line

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A decimal number without leading zeros, at most `max`, at the front of `text`, which it is taken from.
std::optional<unsigned> take_number(std::string_view& text, unsigned max) {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 4 && is_digit(text[digits]))
    value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
  if (digits == 0 || value > max || (digits > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

// Dotted quad, as Address::parse takes it, at a tenth of its time.
std::optional<std::uint32_t> parse_v4(std::string_view text) {
  std::uint32_t address = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) {
      if (text.empty() || text[0] != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    const auto byte = take_number(text, 255);
    if (!byte) return std::nullopt;
    address = address << 8U | *byte;
  }
  if (!text.empty()) return std::nullopt;
  return address;
}

// The first word of a line, without comments: empty where the line says nothing.
std::string_view first_word(std::string_view line) {
  std::size_t begin = 0;
  while (begin < line.size() && (line[begin] == ' ' || line[begin] == '\t' || line[begin] == '\r'))
    ++begin;
  std::size_t end = begin;
  while (end < line.size() && line[end] != ' ' && line[end] != '\t' && line[end] != '\r' &&
         line[end] != '#' && line[end] != ';') {
    ++end;
  }
  return line.substr(begin, end - begin);
}

// Bad bytes shown as '?', so that a log line stays one line of text.
std::string shown(std::string_view word) {
  std::string text(word.substr(0, kShownBytes));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

class Parser {
 public:
  Parser(ListNumber list, Entries& entries) : list_(list), entries_(entries) {}

  void take(std::string_view line) {
    ++line_;
    const std::string_view word = first_word(line);
    if (word.empty()) return;
    const auto slash = word.find('/');
    const std::string_view address = word.substr(0, slash);
    const std::string_view length = slash == std::string_view::npos ? "" : word.substr(slash + 1);
    const bool alone = slash == std::string_view::npos;
    if (const auto v4 = parse_v4(address)) {
      take_v4(*v4, alone ? std::optional<unsigned>(32) : parse_length(length, 32), word);
      return;
    }
    const auto parsed = Address::parse(address);
    if (!parsed) {
      refuse(fmt::format("'{}' is not an IP address", shown(address)));
      return;
    }
    const unsigned longest = max_prefix_length(parsed->family());
    const auto bits = alone ? std::optional<unsigned>(longest) : parse_length(length, longest);
    if (parsed->family() == Family::ipv4) {
      take_v4(number_of(*parsed), bits, word);
    } else {
      take_v6(halves_of(*parsed), bits, word);
    }
  }

  [[nodiscard]] NetSetReport report() && { return std::move(report_); }

 private:
  static std::optional<unsigned> parse_length(std::string_view text, unsigned longest) {
    const auto length = take_number(text, longest);
    return text.empty() ? length : std::nullopt;
  }

  void take_v4(std::uint32_t address, std::optional<unsigned> length, std::string_view word) {
    if (!length) {
      refuse_length(word, 32);
      return;
    }
    const std::uint32_t network = address & mask_v4(*length);
    if (network != address) ++report_.host_bits_cleared;
    ++report_.entries_v4;
    entries_.v4.push_back(make_entry_v4(network, *length, list_));
  }

  void take_v6(const Halves& address, std::optional<unsigned> length, std::string_view word) {
    if (!length) {
      refuse_length(word, 128);
      return;
    }
    const Halves network = {address.high & mask_high(*length), address.low & mask_low(*length)};
    if (network.high != address.high || network.low != address.low) ++report_.host_bits_cleared;
    ++report_.entries_v6;
    entries_.v6.push_back({network.high, network.low, static_cast<std::uint8_t>(*length), list_});
  }

  void refuse_length(std::string_view word, unsigned longest) {
    refuse(fmt::format("'{}': the prefix length must be a number from 0 to {}", shown(word), longest));
  }
  void refuse(std::string_view why) {
    if (report_.bad_lines++ < NetSetReport::kMaxFaults)
      report_.faults.push_back(fmt::format("line {}: {}", line_, why));
  }

  ListNumber list_;
  Entries& entries_;
  std::size_t line_ = 0;
  NetSetReport report_;
};

Result<std::string> read_file(const std::string& path) {
  // Not blocking: a pipe would keep us waiting before it can be refused.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return Error::system(path, errno);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return Error::system(path, errno);
  if (!S_ISREG(status.st_mode)) return Error(fmt::format("{}: not a regular file", path));
  if (static_cast<std::size_t>(status.st_size) > kMaxFileBytes)
    return Error(fmt::format("{}: larger than 1 GiB", path));
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system(path, errno);
    if (got == 0) break;  // cut while it was read: what is left
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return {boost::system::in_place_value, std::move(text)};
}

}  // namespace

Result<NetSetReport> parse_netset(std::string_view text, ListNumber list, Entries& entries) {
  Parser parser(list, entries);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    parser.take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  NetSetReport report = std::move(parser).report();
  if (report.entries_v4 + report.entries_v6 > 0) return report;
  if (report.faults.empty()) return Error("holds no address");
  return Error(fmt::format("holds no address: {}", fmt::join(report.faults, "; ")));
}

Result<NetSetReport> load_netset(const std::string& path, ListNumber list, Entries& entries) {
  const auto text = read_file(path);
  if (!text) return text.error();
  auto report = parse_netset(*text, list, entries);
  if (!report) return report.error().in(path);
  return report;
}

}  // namespace sluice::lists
