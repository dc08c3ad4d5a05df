// SPDX-License-Identifier: Apache-2.0
// The file: a line for each note, its fields parted by tabs: kind, time, uid, name, source, until, reason.
// Times are nanoseconds since 1970.
#include "daemon/store/rescue_notes.h"

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/file.h"
#include "daemon/base/folder.h"
#include "daemon/base/text.h"
#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

constexpr std::size_t kMaxRescueFile = 16U << 20U;
constexpr std::string_view kUnblock = "unblock";
constexpr std::string_view kAllow = "allow";

// Without what parts fields and lines.
std::string one_field(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

std::string line_of(const RescueNote& note) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", note.kind == RescueNote::Kind::allow ? kAllow : kUnblock,
                     to_nanoseconds(note.time), note.uid, one_field(note.name), note.source.to_string(),
                     to_nanoseconds(note.until), one_field(note.reason));
}

std::optional<RescueNote> note_of(std::string_view line) {
  const std::string_view kind = take_until(line, '\t');
  const auto time = parse_number<std::int64_t>(take_until(line, '\t'));
  const auto uid = parse_number<std::int64_t>(take_until(line, '\t'));
  const std::string_view name = take_until(line, '\t');
  const auto source = Prefix::parse(take_until(line, '\t'));
  const auto until = parse_number<std::int64_t>(take_until(line, '\t'));
  if ((kind != kAllow && kind != kUnblock) || !time || !uid || !source || !until) return std::nullopt;
  return RescueNote{kind == kAllow ? RescueNote::Kind::allow : RescueNote::Kind::unblock,
                    to_wall_time(*time),
                    *uid,
                    std::string(name),
                    *source,
                    to_wall_time(*until),
                    std::string(line)};
}

Result<void> append(const UniqueFd& file, const std::string& text) {
  struct stat before {};
  if (::fstat(file.get(), &before) != 0) return Error::system("fstat", errno);
  if (!S_ISREG(before.st_mode)) return Error("not a regular file");
  const ssize_t wrote = ::pwrite(file.get(), text.data(), text.size(), before.st_size);
  const int failure = wrote < 0 ? errno : ENOSPC;
  if (wrote == static_cast<ssize_t>(text.size()) && ::fsync(file.get()) == 0) return {};
  (void)::ftruncate(file.get(), before.st_size);
  return Error::system("write", failure);
}

}  // namespace

bool RescueNote::ends(const decisions::Decision& decision) const {
  return kind == Kind::unblock && decision.action != decisions::Action::allow && decision.source == source &&
         decision.since <= time;
}

std::string rescue_file(const std::string& database) {
  return database + ".rescue";
}

Result<void> add_rescue_notes(const std::string& database, std::span<const RescueNote> notes) {
  const std::string path = rescue_file(database);
  const auto folder = Folder::open_parent(path);
  if (!folder) return folder.error();
  const auto file = folder->make_or_open(file_name(path), O_RDWR, S_IRUSR | S_IWUSR);
  if (!file) return file.error();
  std::string text;
  for (const RescueNote& note : notes)
    text += line_of(note);
  if (auto done = append(*file, text); !done) return done.error().in(path);
  return {};
}

Result<RescueNotes> read_rescue_notes(const std::string& database) {
  const std::string path = rescue_file(database);
  RescueNotes found;
  const auto folder = Folder::open_parent(path);
  if (!folder) return found;
  const auto file = folder->open_file(file_name(path), O_RDONLY);
  if (!file && file.error().code() == ENOENT) return found;
  if (!file) return file.error();
  const auto text = read_file(*file, path, kMaxRescueFile);
  if (!text) return text.error();
  std::string_view rest = *text;
  while (!rest.empty()) {
    if (auto note = note_of(take_until(rest, '\n'))) {
      found.notes.push_back(*std::move(note));
    } else {
      ++found.unreadable;
    }
  }
  return found;
}

Result<void> remove_rescue_notes(const std::string& database) {
  const std::string path = rescue_file(database);
  const auto folder = Folder::open_parent(path);
  if (!folder) return folder.error();
  auto removed = folder->remove(file_name(path));
  if (!removed && removed.error().code() != ENOENT) return removed;
  return {};
}

}  // namespace sluice::store
