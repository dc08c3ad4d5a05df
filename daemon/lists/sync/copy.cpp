// SPDX-License-Identifier: Apache-2.0
// The file: lines of `name: value`, an empty line, the text. `checked` is the time of its last change.
#include "daemon/lists/sync/copy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/file.h"
#include "daemon/base/folder.h"
#include "daemon/base/sha256.h"
#include "daemon/base/unique_fd.h"

namespace sluice::lists {
namespace {

constexpr std::string_view kFirstLine = "sluice list copy 1";
constexpr std::size_t kMaxHead = 8 << 10U;
constexpr std::size_t kMaxVersion = 512;

Error damaged(const std::string& path, std::string_view how) {
  return Error(fmt::format("{}: the copy is damaged, {}; it is fetched anew", path, how));
}

// The lines before the empty one, taken off the text; nothing where they are not as we write them.
std::optional<std::map<std::string, std::string>> take_head(std::string& text) {
  const auto end = text.find("\n\n");
  if (end == std::string::npos || end > kMaxHead) return std::nullopt;
  std::string_view head = std::string_view(text).substr(0, end + 1);
  if (!head.starts_with(kFirstLine)) return std::nullopt;
  std::map<std::string, std::string> values;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(line.size() + 1);
    if (const auto colon = line.find(": "); colon != std::string_view::npos)
      values.emplace(line.substr(0, colon), line.substr(colon + 2));
  }
  text.erase(0, end + 2);
  return values;
}

// Copies lie in a folder of the daemon's user, also where root runs the daemon.
Result<UniqueFd> open_copy(const std::string& path) {
  const auto folder = Folder::open_parent(path);
  if (!folder) return folder.error();
  return folder->open_file(file_name(path), O_RDONLY);
}

}  // namespace

bool is_version_text(std::string_view text) {
  return text.size() <= kMaxVersion && std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

Result<void> save_copy(const std::string& path, std::string_view url, const Copy& copy) {
  const std::string head =
      fmt::format("{}\nurl: {}\nsha256: {}\nfetched: {}\netag: {}\nlast-modified: {}\nverified-by: {}\n\n",
                  kFirstLine, url, sha256(copy.text), format_time(copy.fetched), copy.version.etag,
                  copy.version.last_modified, copy.verified_by);
  return replace_file(path, {head, copy.text}, copy.checked);
}

Result<std::optional<Copy>> load_copy(const std::string& path, std::string_view url, std::size_t max_bytes) {
  const auto file = open_copy(path);
  if (!file && file.error().code() == ENOENT) return std::optional<Copy>();
  struct stat status = {};
  if (!file) return file.error();
  if (::fstat(file->get(), &status) != 0) return Error::system(path, errno);
  auto text = read_file(*file, path, max_bytes + kMaxHead);
  if (!text) return text.error();
  Copy copy;
  copy.text = *std::move(text);
  const auto head = take_head(copy.text);
  if (!head) return damaged(path, "its head cannot be read");
  const auto value = [&](const char* name) {
    const auto at = head->find(name);
    return at == head->end() ? std::string() : at->second;
  };
  if (value("url") != url) return std::optional<Copy>();
  if (value("sha256") != sha256(copy.text)) return damaged(path, "its text is not the one that was written");
  copy.version = {value("etag"), value("last-modified")};
  copy.verified_by = value("verified-by");
  copy.checked = WallTime(Seconds(status.st_mtim.tv_sec) + Nanoseconds(status.st_mtim.tv_nsec));
  const auto fetched = parse_time(value("fetched"));
  copy.fetched = fetched ? *fetched : copy.checked;
  return std::optional(std::move(copy));
}

Result<void> confirm_copy(const std::string& path, WallTime now) {
  const auto times = times_of(now);
  const auto file = open_copy(path);
  if (!file) return file.error();
  if (::futimens(file->get(), times.data()) != 0) return Error::system(path, errno);
  return {};
}

}  // namespace sluice::lists
