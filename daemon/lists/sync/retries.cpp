// SPDX-License-Identifier: Apache-2.0
// The file: a line for each, its fields parted by tabs.
#include "daemon/lists/sync/retries.h"

#include <cerrno>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/file.h"
#include "daemon/base/printable.h"
#include "daemon/base/text.h"
#include "daemon/lists/entries.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxFile = 2U << 20U;
constexpr std::size_t kMaxFailure = 1024;

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
    std::string_view line = take_until(rest, '\n');
    Retry retry;
    retry.name = take_until(line, '\t');
    retry.source = take_until(line, '\t');
    const auto failures = parse_number<unsigned>(take_until(line, '\t'));
    const auto due = parse_time(take_until(line, '\t'));
    retry.failure = line;
    if (!failures || *failures == 0 || !due) continue;
    retry.failures = *failures;
    retry.due = *due;
    retries.push_back(std::move(retry));
  }
  return retries;
}

}  // namespace sluice::lists
