// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/libbpf/library_log.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace sluice::kernel {
namespace {

// The verifier's log ends with its reason, so the end is kept.
constexpr std::size_t kKept = 16 * 1024;
constexpr std::size_t kShown = 2 * 1024;

// The callbacks carry no context of ours.
thread_local LibraryLog* collecting = nullptr;

void collect(const char* format, va_list arguments) {
  if (collecting == nullptr) return;
  std::array<char, 8192> line{};
  const int length = std::vsnprintf(line.data(), line.size(), format, arguments);
  if (length > 0) collecting->append(line.data());
}

__attribute__((format(printf, 2, 0))) int from_libbpf(libbpf_print_level level, const char* format,
                                                      va_list arguments) noexcept {
  if (level == LIBBPF_WARN) collect(format, arguments);
  return 0;
}

__attribute__((format(printf, 2, 0))) int from_libxdp(libxdp_print_level level, const char* format,
                                                      va_list arguments) noexcept {
  if (level == LIBXDP_WARN) collect(format, arguments);
  return 0;
}

}  // namespace

LibraryLog::LibraryLog()
    : libbpf_before_(libbpf_set_print(from_libbpf)), libxdp_before_(libxdp_set_print(from_libxdp)) {
  assert(collecting == nullptr);
  collecting = this;
}

LibraryLog::~LibraryLog() {
  collecting = nullptr;
  libbpf_set_print(libbpf_before_);
  libxdp_set_print(libxdp_before_);
}

void LibraryLog::append(std::string_view text) {
  text_ += text;
  if (text_.size() > 2 * kKept) text_.erase(0, text_.size() - kKept);
}

std::string LibraryLog::last_lines() const {
  std::string_view rest = text_;
  if (rest.size() > kShown) {
    rest.remove_prefix(rest.size() - kShown);
    rest.remove_prefix(std::min(rest.find('\n') + 1, rest.size()));
  }
  std::string lines;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (end > 0) {
      if (!lines.empty()) lines += "; ";
      lines += rest.substr(0, end);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

Error LibraryLog::error(std::string_view what, int code) const {
  Error error = Error::system(what, std::abs(code));
  const std::string lines = last_lines();
  if (lines.empty()) return error;
  return Error(fmt::format("{}; {}", error.message(), lines));  // last, because it may be a verifier's log
}

}  // namespace sluice::kernel
