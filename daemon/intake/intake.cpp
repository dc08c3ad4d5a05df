// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/intake.h"

#include <new>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"

namespace sluice::intake {

class LogIntake::Reader {
 public:
  Reader(std::string name, RequestReader reader, RequestSink sink)
      : name_(std::move(name)), reader_(std::move(reader)), sink_(std::move(sink)) {}

  // A line for which there is no memory is lost, and nothing else is.
  void take(std::string_view line) {
    try {
      read(line);
    } catch (const std::bad_alloc&) {
      reader_.note_lost();
    }
  }

  void read_with(RequestReader reader) {
    const LineCounters before = reader_.counters();
    reader_ = std::move(reader);
    reader_.go_on_from(before);
    example_.clear();
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const LineCounters& counters() const { return reader_.counters(); }
  [[nodiscard]] const std::string& example() const { return example_; }

 private:
  void read(std::string_view line) {
    const Parsed request = reader_.read(line);
    if (request) {
      note_envelopes();
      sink_(*request);
      return;
    }
    // Neither is a request nor a fault.
    if (request.error() == ParseFault::part || request.error() == ParseFault::directive) return;
    const auto held_back = throttle_.admit(kernel_now());
    if (held_back || example_.empty())
      example_ = fmt::format("{}: {}", to_string(request.error()), escape_for_log(line));
    if (held_back) {
      spdlog::warn("{}: unreadable line ({}; {} more since the last one shown): {}", name_,
                   to_string(request.error()), *held_back, escape_for_log(line));
    }
  }

  // Says once what the lines were found to stand in.
  void note_envelopes() {
    const std::string_view found = reader_.found_envelopes();
    if (found == envelopes_) return;
    envelopes_ = found;
    if (!found.empty())
      spdlog::info("{}: the lines stand in an envelope, which is taken off: {}", name_, found);
  }

  std::string name_;
  RequestReader reader_;
  RequestSink sink_;
  std::string envelopes_;  // that were told of
  std::string example_;
  LogThrottle throttle_;
};

LogIntake::LogIntake(std::shared_ptr<Reader> reader, Source source)
    : reader_(std::move(reader)), source_(std::move(source)) {}

Result<LogIntake> LogIntake::start(const boost::asio::any_io_executor& executor, const LogOptions& options,
                                   std::shared_ptr<const TrustedProxies> proxies, Start start,
                                   const Positions& left, RequestSink sink) {
  auto made = RequestReader::create(options, std::move(proxies));
  if (!made) return made.error();
  auto reader = std::make_shared<Reader>(options.name(), *std::move(made), std::move(sink));
  const auto take = [reader](std::string_view line) { reader->take(line); };
  const auto with = [&](auto source) -> Result<LogIntake> {
    if (!source) return source.error();
    return LogIntake(std::move(reader), *std::move(source));
  };
  if (!options.listen.empty()) return with(LogSocket::start(executor, {options.listen, options.from}, take));
  if (options.path == "-") return with(LogPipe::start(executor, take));
  if (is_glob(options.path)) return with(GlobTail::start(executor, options.path, start, left, take));
  const auto at = left.find(options.path);
  const auto position = at == left.end() ? std::nullopt : std::optional(at->second);
  if (is_journal(options.path))
    return with(JournalTail::start(executor, {options.path, start, position}, take));
  return with(FileTail::start(executor, {options.path, start, position}, take));
}

void LogIntake::read_with(RequestReader reader) {
  reader_->read_with(std::move(reader));
}

const std::string& LogIntake::name() const {
  return reader_->name();
}
const LineCounters& LogIntake::lines() const {
  return reader_->counters();
}

const std::string& LogIntake::unreadable_example() const {
  return reader_->example();
}

void LogIntake::visit_files(
    const std::function<void(const std::string& path, std::uint64_t lines)>& visit) const {
  if (const auto* files = std::get_if<GlobTail>(&source_)) files->visit_files(visit);
}

TailCounters LogIntake::files() const {
  if (const auto* file = std::get_if<FileTail>(&source_)) return file->counters();
  if (const auto* files = std::get_if<GlobTail>(&source_)) return files->counters();
  return {};
}

FilesHealth LogIntake::health() const {
  if (const auto* file = std::get_if<FileTail>(&source_)) return file->health();
  if (const auto* files = std::get_if<GlobTail>(&source_)) return files->health();
  return {};
}

bool LogIntake::is_open_to_all() const {
  const auto* socket = std::get_if<LogSocket>(&source_);
  return socket != nullptr && socket->is_open_to_all();
}

SocketCounters LogIntake::datagrams() const {
  const auto* socket = std::get_if<LogSocket>(&source_);
  return socket == nullptr ? SocketCounters() : socket->counters();
}

bool LogIntake::is_open() const {
  return std::visit([](const auto& source) { return source.is_open(); }, source_);
}

Positions LogIntake::positions() const {
  if (const auto* files = std::get_if<GlobTail>(&source_)) return files->positions();
  std::optional<Position> position;
  if (const auto* file = std::get_if<FileTail>(&source_)) position = file->position();
  if (const auto* journal = std::get_if<JournalTail>(&source_)) position = journal->position();
  return position ? Positions{{reader_->name(), *position}} : Positions();
}

}  // namespace sluice::intake
