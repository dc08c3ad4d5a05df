// SPDX-License-Identifier: Apache-2.0
#include "ctl/capture.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/interrupts.h"
#include "ctl/pcapng.h"
#include "daemon/base/time.h"

namespace sluice::ctl {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdout) std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

Result<File> open(const std::string& path) {
  if (path == "-") return File(stdout);
  // Its owner's alone: it holds what visitors sent.
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd && errno == EEXIST) {
    return Error(fmt::format("{} exists; name another file, or take it away", path));
  }
  if (!fd) return Error::system(path, errno);
  File file(fdopen(fd.get(), "wb"));
  if (!file) return Error::system(path, errno);
  (void)fd.release();
  return file;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

Result<std::vector<std::uint8_t>> from_hexadecimal(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return Error("the daemon sent a frame that is not hexadecimal");
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

class Capture {
 public:
  explicit Capture(File file) : file_(std::move(file)) {}

  [[nodiscard]] Result<void> begin() {
    return write(PcapngWriter::header(fmt::format("sluicectl {}", SLUICE_VERSION)));
  }

  [[nodiscard]] Result<void> add(const control::Frame& frame) {
    const auto data = from_hexadecimal(frame.data);
    if (!data) return data.error();
    ++frames_;
    return write(writer_.frame({.interface = frame.interface,
                                .time_ns = frame.time_ns,
                                .bytes = frame.bytes,
                                .data = *data,
                                .comment = frame.reason}));
  }

  [[nodiscard]] std::uint64_t frames() const { return frames_; }

 private:
  Result<void> write(std::string_view bytes) {
    const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size() &&
                         std::fflush(file_.get()) == 0;
    if (!written) return Error::system("writing the capture", errno);
    return {};
  }

  File file_;
  PcapngWriter writer_;
  std::uint64_t frames_ = 0;
};

// Adds frames until it is time to end.
Result<void> run(Client& client, const UniqueFd& interrupts, Capture& capture, std::uint64_t most) {
  while (most == 0 || capture.frames() < most) {
    const auto line = client.next_event(interrupts);
    if (!line) return line.error();
    if (!*line) return {};
    if (!control::is_frame_message(**line)) continue;
    const auto frame = control::parse_frame(**line);
    if (!frame) return frame.error();
    if (auto added = capture.add(*frame); !added) return added;
  }
  return {};
}

}  // namespace

int capture(const Context& context, const CaptureArguments& arguments) {
  if (arguments.file == "-" && isatty(STDOUT_FILENO) == 1) {
    return fail(kUsage,
                "a capture is no text for a terminal: name a file with --output, or pipe it to a program");
  }
  std::optional<Seconds> time;
  if (!arguments.duration.empty()) {
    const auto parsed = parse_duration(arguments.duration);
    if (!parsed) return fail(kUsage, fmt::format("--for: {}", parsed.error().message()));
    time = *parsed;
  }
  const auto interrupts = catch_interrupts(time);
  if (!interrupts) return fail(kFailed, interrupts.error().message());
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  const auto answer =
      client->ask<control::VersionAnswer>(control::WatchRequest{control::FrameKind::captures});
  if (!answer) return fail(kFailed, answer.error().message());
  auto file = open(arguments.file);
  if (!file) return fail(kFailed, file.error().message());
  Capture capture(*std::move(file));
  auto done = capture.begin();
  if (done) done = run(*client, *interrupts, capture, arguments.frames);
  fmt::print(stderr, "{} captured\n", plural(capture.frames(), "dropped frame"));
  return done ? kOk : fail(kFailed, done.error().message());
}

void add_capture_commands(CLI::App& app, Run& run) {
  const auto arguments = std::make_shared<CaptureArguments>();
  CLI::App* command = app.add_subcommand("capture", "Dropped frames as a pcapng file");
  command->add_option("-o,--output", arguments->file, "A new file; - is standard output")
      ->capture_default_str()
      ->type_name("FILE");
  command->add_option("--frames", arguments->frames, "At most so many; 0 is no end")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber)
      ->type_name("NUMBER");
  command->add_option("--for", arguments->duration, "At most so long: 30s, 5m")->type_name("DURATION");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) { return capture(context, *arguments); };
  });
}

}  // namespace sluice::ctl
