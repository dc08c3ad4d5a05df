// SPDX-License-Identifier: Apache-2.0
// The file: a line for each, its fields parted by tabs.
#include "daemon/lists/retries.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/printable.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/file.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxFile = 2U << 20U;
constexpr std::size_t kMaxFailure = 1024;

// The field before the next tab, taken off the line.
std::string_view take_field(std::string_view& line) {
  const std::size_t end = std::min(line.find('\t'), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

}  // namespace

Result<void> save_retries(const std::string& path, std::span<const Retry> retries) {
  if (retries.empty()) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Error::system(path, errno);
    return {};
  }
  std::string text;
  for (const Retry& retry : retries) {
    text += fmt::format("{}\t{}\t{}\t{}\t{}\n", retry.name, retry.source, retry.failures,
                        format_time(retry.due), printable(retry.failure).substr(0, kMaxFailure));
  }
  return replace_file(path, {text});
}

std::vector<Retry> load_retries(const std::string& path) {
  std::vector<Retry> retries;
  const auto text = read_file(path, kMaxFile);
  if (!text) return retries;
  std::string_view rest = *text;
  while (!rest.empty() && retries.size() < kMaxLists) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    Retry retry;
    retry.name = take_field(line);
    retry.source = take_field(line);
    const std::string_view failures = take_field(line);
    const auto due = parse_time(take_field(line));
    retry.failure = line;
    const auto [at, error] =
        std::from_chars(failures.data(), failures.data() + failures.size(), retry.failures);
    if (error != std::errc() || at != failures.data() + failures.size() || retry.failures == 0 || !due)
      continue;
    retry.due = *due;
    retries.push_back(std::move(retry));
  }
  return retries;
}

}  // namespace sluice::lists
