// SPDX-License-Identifier: Apache-2.0
// The file: a line for each, its fields parted by tabs; the shares in millionths.
#include "daemon/lists/sync/accepted.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/file.h"
#include "daemon/base/text.h"
#include "daemon/lists/entries.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxAcceptedFile = 2U << 20U;
constexpr double kMillion = 1e6;

std::uint32_t to_millionths(double share) {
  return static_cast<std::uint32_t>(std::ceil(std::clamp(share, 0.0, 1.0) * kMillion));
}

}  // namespace

Result<void> save_accepted(const std::string& path, std::span<const Accepted> accepted) {
  if (accepted.empty()) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Error::system(path, errno);
    return {};
  }
  std::string text;
  for (const Accepted& one : accepted) {
    text += fmt::format("{}\t{}\t{}\t{}\n", one.name, one.source, to_millionths(one.coverage.v4),
                        to_millionths(one.coverage.v6));
  }
  if (const auto former = read_file(path, kMaxAcceptedFile); former && *former == text) return {};
  return replace_file(path, {text});
}

std::vector<Accepted> load_accepted(const std::string& path) {
  std::vector<Accepted> accepted;
  const auto text = read_file(path, kMaxAcceptedFile);
  if (!text) return accepted;
  std::string_view rest = *text;
  while (!rest.empty() && accepted.size() < kMaxLists) {
    std::string_view line = take_until(rest, '\n');
    Accepted one;
    one.name = take_until(line, '\t');
    one.source = take_until(line, '\t');
    const auto v4 = parse_number<std::uint32_t>(take_until(line, '\t'));
    const auto v6 = parse_number<std::uint32_t>(line);
    if (!v4 || !v6) continue;
    one.coverage = {std::min(1.0, *v4 / kMillion), std::min(1.0, *v6 / kMillion)};
    accepted.push_back(std::move(one));
  }
  return accepted;
}

}  // namespace sluice::lists
