// SPDX-License-Identifier: Apache-2.0
#include "ctl/support/archive.h"

#include <cerrno>
#include <chrono>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"

namespace sluice::ctl {
namespace {

using Archive = std::unique_ptr<archive, int (*)(archive*)>;
using Entry = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

Error error_of(archive* archive) {
  const char* text = archive_error_string(archive);
  return Error(text == nullptr ? "the archive cannot be written" : text);
}

Result<void> add(archive* archive, const std::string& folder, const Member& member, WallTime time) {
  const Entry entry(archive_entry_new(), archive_entry_free);
  if (!entry) return Error::system("archive", ENOMEM);
  archive_entry_set_pathname(entry.get(), fmt::format("{}/{}", folder, member.name).c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.text.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  archive_entry_set_mtime(
      entry.get(), std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(), 0);
  if (archive_write_header(archive, entry.get()) != ARCHIVE_OK) return error_of(archive);
  const la_ssize_t wrote = archive_write_data(archive, member.text.data(), member.text.size());
  if (wrote < 0 || static_cast<std::size_t>(wrote) != member.text.size()) return error_of(archive);
  return {};
}

Result<void> write(int fd, const std::string& folder, const std::vector<Member>& members, WallTime time) {
  const Archive archive(archive_write_new(), archive_write_free);
  if (!archive) return Error::system("archive", ENOMEM);
  if (archive_write_add_filter_gzip(archive.get()) != ARCHIVE_OK ||
      archive_write_set_format_ustar(archive.get()) != ARCHIVE_OK ||
      archive_write_open_fd(archive.get(), fd) != ARCHIVE_OK)
    return error_of(archive.get());
  for (const Member& member : members) {
    if (auto added = add(archive.get(), folder, member, time); !added) return added;
  }
  if (archive_write_close(archive.get()) != ARCHIVE_OK) return error_of(archive.get());
  return {};
}

}  // namespace

Result<void> write_archive(const std::string& path, const std::string& folder,
                           const std::vector<Member>& members, WallTime time) {
  if (path == "-") return write(STDOUT_FILENO, folder, members, time);
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file && errno == EEXIST)
    return Error(fmt::format("{} exists; name another file, or take it away", path));
  if (!file) return Error::system(path, errno);
  auto done = write(file.get(), folder, members, time);
  if (done && ::fsync(file.get()) != 0) done = Error::system("fsync", errno);
  if (done) return {};
  ::unlink(path.c_str());
  return done.error().in(path);
}

}  // namespace sluice::ctl
