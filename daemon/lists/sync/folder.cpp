// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/sync/folder.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxFiles = 1'000;

}  // namespace

Result<std::vector<std::string>> files_in(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (name.starts_with('.') || name.ends_with('~') || name.ends_with(".sig")) continue;
    if (!at->is_regular_file(ignored)) continue;
    if (files.size() == kMaxFiles) return Error(fmt::format("{}: more than {} files", folder, kMaxFiles));
    files.push_back(at->path().string());
  }
  if (error) return Error::system(folder, error.value());
  std::ranges::sort(files);
  return files;
}

}  // namespace sluice::lists
