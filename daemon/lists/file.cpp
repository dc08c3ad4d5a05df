// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxFiles = 1'000;

std::string size_text(std::size_t bytes) {
  constexpr std::size_t kGiB = std::size_t{1} << 30U;
  if (bytes % kGiB == 0) return fmt::format("{} GiB", bytes / kGiB);
  return fmt::format("{} MiB", bytes >> 20U);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  // Not blocking: a pipe would keep us waiting before it can be refused.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return Error::system(path, errno);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return Error::system(path, errno);
  if (!S_ISREG(status.st_mode)) return Error(fmt::format("{}: not a regular file", path));
  if (static_cast<std::size_t>(status.st_size) > max_bytes)
    return Error(fmt::format("{}: larger than {}", path, size_text(max_bytes)));
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

bool is_folder(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace sluice::lists
