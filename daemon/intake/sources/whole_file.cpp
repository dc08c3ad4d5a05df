// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/whole_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "daemon/base/unique_fd.h"
#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/recognise.h"
#include "daemon/intake/line_splitter.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kFileReadBytes = std::size_t{256} * 1024;
// By so much of its beginning a format is recognised; by more where these are but few lines.
constexpr std::size_t kRecogniseBytes = std::size_t{64} * 1024;
constexpr std::ptrdiff_t kRecogniseLines = 16;
constexpr std::size_t kMostRecogniseBytes = 4 * kMaxLineBytes;

bool is_packed(int fd) {
  constexpr std::array<unsigned char, 2> kMagic = {0x1f, 0x8b};
  std::array<unsigned char, 2> begin{};
  return ::pread(fd, begin.data(), begin.size(), 0) == static_cast<ssize_t>(begin.size()) && begin == kMagic;
}

// Leaves out what stands before the last `newest` bytes; whether there was anything. What is packed has no
// places in it.
bool skip_to(int fd, std::uint64_t newest) {
  struct stat file {};
  if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || is_packed(fd)) return false;
  const auto size = static_cast<std::uint64_t>(file.st_size);
  return size > newest && ::lseek(fd, static_cast<off_t>(size - newest), SEEK_SET) >= 0;
}

// An open log, whatever it is compressed with or not.
class Input {
 public:
  static Result<Input> open(const std::string& path, std::uint64_t newest = kWhole) {
    UniqueFd fd(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                            : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd) return Error::system(path, errno);
    const bool begins_within = skip_to(fd.get(), newest);
    // Plain text passes through zlib as it is.
    std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzdopen(fd.get(), "rb"), &gzclose);
    if (!file) return Error(fmt::format("{}: out of memory", path));
    static_cast<void>(fd.release());
    return Input(path, std::move(file), begins_within);
  }

  // Whether the first line may be the rest of one.
  [[nodiscard]] bool begins_within() const { return begins_within_; }

  // Fills the buffer as far as the stream goes: a pipe gives less at a time.
  Result<std::size_t> read(std::span<char> buffer) {
    std::size_t size = 0;
    while (size < buffer.size()) {
      errno = 0;
      const int got = gzread(file_.get(), buffer.data() + size, static_cast<unsigned>(buffer.size() - size));
      if (got < 0 && errno == EINTR) continue;
      int code = Z_OK;
      const char* const what = gzerror(file_.get(), &code);
      if (code == Z_ERRNO) return Error::system(path_, errno);
      if (got <= 0 && code == Z_BUF_ERROR)
        return Error(fmt::format("{}: the compressed file is cut off", path_));
      if (got < 0) return Error(fmt::format("{}: not readable as gzip: {}", path_, what));
      if (got == 0) break;
      size += static_cast<std::size_t>(got);
    }
    return size;
  }

 private:
  Input(std::string path, std::unique_ptr<gzFile_s, int (*)(gzFile)> file, bool begins_within)
      : begins_within_(begins_within), path_(std::move(path)), file_(std::move(file)) {}

  bool begins_within_;
  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

// The beginning of a log: enough lines to recognise their format, if there are so many.
Result<std::vector<char>> read_beginning(Input& input) {
  std::vector<char> text;
  for (std::size_t wanted = kRecogniseBytes; wanted <= kMostRecogniseBytes; wanted *= 4) {
    const std::size_t before = text.size();
    text.resize(wanted);
    const auto size = input.read(std::span(text).subspan(before));
    if (!size) return size.error();
    text.resize(before + *size);
    if (text.size() < wanted || std::ranges::count(text, '\n') >= kRecogniseLines) break;
  }
  return text;
}

}  // namespace

Result<FileSummary> read_whole_log(const std::string& path, std::span<const LogOptions> formats,
                                   std::shared_ptr<const TrustedProxies> proxies, const RequestSink& sink,
                                   std::uint64_t newest) {
  auto input = Input::open(path, newest);
  if (!input) return input.error();
  auto beginning = read_beginning(*input);
  if (!beginning) return beginning.error();
  std::string_view text(beginning->data(), beginning->size());
  if (input->begins_within()) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  const LogOptions* format = &formats.front();
  if (formats.size() > 1 && !text.empty()) {
    format = recognise(text, formats);
    const bool is_told = std::ranges::all_of(
        formats, [&](const LogOptions& other) { return other.format == formats.front().format; });
    if (format == nullptr && is_told) format = &formats.front();
    if (format == nullptr) {
      return Error(fmt::format("{}: in none of the formats that are known or configured; name its format; {}",
                               path, explain_unreadable(text, formats)));
    }
  }

  FileSummary summary;
  summary.format = format->format;
  auto reader = RequestReader::create(*format, std::move(proxies));
  if (!reader) return reader.error().in(path);
  const auto take = [&](std::string_view line) {
    const Parsed request = reader->read(line);
    if (request) {
      sink(*request);
    } else if (!summary.first_unreadable && request.error() != ParseFault::part &&
               request.error() != ParseFault::directive) {
      summary.failed_at = reader->failed_at(request.error());
      summary.first_unreadable = fmt::format("line {} ({}): {}", reader->counters().lines,
                                             to_string(request.error()), escape_for_log(line));
    }
  };
  LineSplitter lines;
  lines.feed(text, take);
  std::vector<char> buffer(kFileReadBytes);
  while (true) {
    const auto size = input->read(buffer);
    if (!size) return size.error();
    if (*size == 0) break;
    lines.feed({buffer.data(), *size}, take);
  }
  lines.finish(take);
  summary.lines = reader->counters();
  summary.shortened = lines.shortened();
  summary.envelopes = reader->found_envelopes();
  return summary;
}

Result<std::string> beginning_of_log(const std::string& path) {
  auto input = Input::open(path);
  if (!input) return input.error();
  const auto text = read_beginning(*input);
  if (!text) return text.error();
  return {boost::system::in_place_value, text->begin(), text->end()};
}

std::optional<WallTime> first_time(const std::string& path, std::span<const LogOptions> formats) {
  // A pipe can be read only once, so it is left to the reading itself.
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return std::nullopt;
  auto input = Input::open(path);
  if (!input) return std::nullopt;
  const auto beginning = read_beginning(*input);
  if (!beginning) return std::nullopt;
  const std::string_view text(beginning->data(), beginning->size());
  const LogOptions* format = recognise(text, formats);
  if (format == nullptr) return std::nullopt;
  const auto parser = make_parser(*format);
  if (!parser) return std::nullopt;
  std::optional<WallTime> first;
  const auto take = [&](std::string_view line) {
    if (first) return;
    if (const auto request = (*parser)->parse(line)) first = request->time;
  };
  LineSplitter lines;
  lines.feed(text, take);
  if (lines.consumed() == 0) lines.finish(take);
  return first;
}

}  // namespace sluice::intake
