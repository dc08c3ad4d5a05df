// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/file.h"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/folder.h"

namespace sluice {
namespace {

std::string size_text(std::size_t bytes) {
  constexpr std::size_t kGiB = std::size_t{1} << 30U;
  if (bytes % kGiB == 0) return fmt::format("{} GiB", bytes / kGiB);
  return fmt::format("{} MiB", bytes >> 20U);
}

Result<void> write_all(const UniqueFd& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(file.get(), text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return Error::system("write", errno);
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> write_file(const UniqueFd& file, std::initializer_list<std::string_view> parts,
                        std::optional<WallTime> modified) {
  for (const std::string_view part : parts) {
    if (auto done = write_all(file, part); !done) return done;
  }
  if (modified && ::futimens(file.get(), times_of(*modified).data()) != 0)
    return Error::system("futimens", errno);
  if (::fsync(file.get()) != 0) return Error::system("fsync", errno);
  return {};
}

}  // namespace

Result<void> replace_file(const std::string& path, std::initializer_list<std::string_view> parts,
                          std::optional<WallTime> modified) {
  const std::string above = std::filesystem::path(path).parent_path().string();
  if (auto made = make_folder(above, 0750); !made) return made;
  const auto folder = Folder::open(above);
  if (!folder) return Error::system("open", folder.error().code()).in(path);
  const std::string name = file_name(path);
  const std::string beside = name + ".new";
  (void)folder->remove(beside);  // what a killed process left
  const auto file = folder->make(beside, 0640);
  if (!file) return Error::system("open", file.error().code()).in(path);
  auto done = write_file(*file, parts, modified);
  // The rename too is to survive a power cut.
  if (done) done = folder->rename(beside, name);
  if (done) return done;
  (void)folder->remove(beside);
  return done.error().in(path);
}

std::array<timespec, 2> times_of(WallTime time) {
  const auto ns = time.time_since_epoch().count();
  const timespec at{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  return {at, at};
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  // Not blocking: a pipe would keep us waiting before it can be refused.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return Error::system(path, errno);
  return read_file(file, path, max_bytes);
}

Result<std::string> read_file(const UniqueFd& file, const std::string& path, std::size_t max_bytes) {
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

bool is_folder(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace sluice
