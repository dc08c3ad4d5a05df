// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/intake.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kShownBytes = 200;

}  // namespace

std::string escape_for_log(std::string_view line) {
  std::string text;
  for (const char c : line.substr(0, kShownBytes)) {
    if (c >= 0x20 && c < 0x7f && c != '\\') {
      text += c;
    } else {
      fmt::format_to(std::back_inserter(text), "\\x{:02X}", static_cast<unsigned char>(c));
    }
  }
  if (line.size() > kShownBytes) text += "...";
  return text;
}

class LogIntake::Reader {
 public:
  Reader(const LogOptions& options, RequestSink sink)
      : path_(options.path), parser_(make_parser(options.format, options.fields)), sink_(std::move(sink)) {}

  void take(std::string_view line) {
    ++counters_.lines;
    const Parsed request = parser_->parse(line);
    if (request) {
      ++counters_.requests;
      sink_(*request);
      return;
    }
    ++counters_.faults.at(static_cast<std::size_t>(request.error()));
    if (const auto held_back = throttle_.admit(kernel_now())) {
      spdlog::warn("{}: unreadable line ({}; {} more since the last one shown): {}", path_,
                   to_string(request.error()), *held_back, escape_for_log(line));
    }
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const LineCounters& counters() const { return counters_; }

 private:
  std::string path_;
  std::unique_ptr<LineParser> parser_;
  RequestSink sink_;
  LineCounters counters_;
  LogThrottle throttle_;
};

LogIntake::LogIntake(std::shared_ptr<Reader> reader, FileTail tail)
    : reader_(std::move(reader)), tail_(std::move(tail)) {}

Result<LogIntake> LogIntake::start(const boost::asio::any_io_executor& executor, const LogOptions& options,
                                   Start start, std::optional<Position> position, RequestSink sink) {
  auto reader = std::make_shared<Reader>(options, std::move(sink));
  auto tail = FileTail::start(executor, {options.path, start, position},
                              [reader](std::string_view line) { reader->take(line); });
  if (!tail) return tail.error();
  return LogIntake(std::move(reader), std::move(*tail));
}

const std::string& LogIntake::path() const {
  return reader_->path();
}
const LineCounters& LogIntake::lines() const {
  return reader_->counters();
}

}  // namespace sluice::intake
