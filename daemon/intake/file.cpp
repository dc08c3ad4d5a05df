// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/file.h"

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"
#include "daemon/intake/reader.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;
constexpr std::size_t kRecogniseBytes = std::size_t{64} * 1024;

// Fills the buffer as far as the stream goes: a pipe gives less at a time.
Result<std::size_t> read_full(int fd, std::span<char> buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = read(fd, buffer.data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("read", errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return size;
}

}  // namespace

std::optional<Format> recognise(std::string_view text, const FieldMap& fields) {
  std::optional<Format> best;
  std::uint64_t most = 0;
  // Combined first: the common parser reads such lines as well, and the first of equals is kept.
  for (const Format format : {Format::combined, Format::common, Format::json}) {
    const auto parser = make_parser(format, fields);
    std::uint64_t readable = 0;
    const auto count = [&](std::string_view line) { readable += parser->parse(line) ? 1U : 0U; };
    LineSplitter lines;
    lines.feed(text, count);
    if (lines.consumed() == 0) lines.finish(count);
    if (readable > most) {
      most = readable;
      best = format;
    }
  }
  return best;
}

Result<FileSummary> read_file(const std::string& path, std::optional<Format> format, const FieldMap& fields,
                              const RequestSink& sink) {
  UniqueFd file;
  if (path != "-") {
    file = UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) return Error::system(path, errno);
  }
  const int fd = path == "-" ? STDIN_FILENO : file.get();

  std::vector<char> buffer(kPieceBytes);
  auto size = read_full(fd, buffer);
  if (!size) return size.error().in(path);
  if (!format && *size > 0) {
    format = recognise(std::string_view(buffer.data(), *size).substr(0, kRecogniseBytes), fields);
    if (!format) {
      return Error(fmt::format(
          "{}: neither combined nor common nor JSON with the configured fields; name its format", path));
    }
  }

  FileSummary summary;
  summary.format = format.value_or(Format::combined);
  const auto parser = make_parser(summary.format, fields);
  const auto take = [&](std::string_view line) {
    ++summary.lines.lines;
    const Parsed request = parser->parse(line);
    if (request) {
      ++summary.lines.requests;
      sink(*request);
      return;
    }
    ++summary.lines.faults.at(static_cast<std::size_t>(request.error()));
    if (!summary.first_unreadable) {
      summary.first_unreadable = fmt::format("line {} ({}): {}", summary.lines.lines,
                                             to_string(request.error()), escape_for_log(line));
    }
  };
  LineSplitter lines;
  while (*size > 0) {
    lines.feed({buffer.data(), *size}, take);
    size = read_full(fd, buffer);
    if (!size) return size.error().in(path);
  }
  lines.finish(take);
  return summary;
}

}  // namespace sluice::intake
