// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/load.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/config/keys.h"
#include "daemon/config/report.h"
#include "daemon/config/toml.h"

namespace sluice::config {
namespace {

// a.b.c.d = 1 makes a table in a table at every dot, and toml++ takes them down recursively. A line of this
// length, in the deepest table there is, stays at some thousand tables. No list has to stand on one line.
constexpr std::size_t kMaxLineBytes = 2048;

// At most one byte more than kMaxFileBytes.
Result<std::string> read_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    const Error error = Error::system("cannot be opened", errno);
    if (error.code() == ENOENT) {
      return Error(error.message() + "; put one there (an empty file means the defaults) or name another");
    }
    return error;
  }
  std::string text(kMaxFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("cannot be read", errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return {boost::system::in_place_value, std::move(text)};
}

// The number of the first line that is too long, or 0.
unsigned long_line(std::string_view text) {
  unsigned line = 1;
  while (true) {
    const auto end = text.find('\n');
    if (std::min(end, text.size()) > kMaxLineBytes) return line;
    if (end == std::string_view::npos) return 0;
    text.remove_prefix(end + 1);
    ++line;
  }
}

}  // namespace

std::string to_string(const Fault& fault) {
  std::string text = fault.file;
  if (fault.line > 0) text += fmt::format(":{}", fault.line);
  if (!fault.key.empty()) text += fmt::format(": {}", fault.key);
  return text + ": " + fault.message;
}

Loaded parse(std::string_view text, const std::string& file) {
  Report report(file);
  if (text.size() > kMaxFileBytes) {
    report.refuse(0, {},
                  fmt::format("larger than {} bytes; this is hardly a configuration file", kMaxFileBytes));
    return report.take();
  }
  if (const unsigned line = long_line(text); line > 0) {
    report.refuse(line, {}, fmt::format("longer than {} bytes; break the line up", kMaxLineBytes));
    return report.take();
  }
  const toml::parse_result document = toml::parse(text);
  if (document.failed()) {
    const toml::parse_error& error = document.error();
    report.refuse(error.source().begin.line, {}, fmt::format("not TOML: {}", error.description()));
    return report.take();
  }
  Config config;
  read_config(document.table(), config, report);
  if (!report.clean()) return report.take();
  return config;
}

Loaded load(const std::string& path) {
  auto text = read_file(path);
  if (!text) return Faults{{path, 0, {}, text.error().message()}};
  return parse(*text, path);
}

}  // namespace sluice::config
