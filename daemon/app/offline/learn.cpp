// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/learn.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/app/lists/knowledge.h"
#include "daemon/app/offline/learning_report.h"
#include "daemon/base/unique_fd.h"
#include "daemon/detection/detector.h"
#include "daemon/learn/fit.h"
#include "daemon/learn/labels.h"

namespace sluice::app {
namespace {

constexpr std::size_t kMaxLabelBytes = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kFaultsShown = 20;

Result<std::string> read_text(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Error::system(fmt::format("{}: cannot be opened", path), errno);
  std::string text;
  for (;;) {
    const std::size_t size = text.size();
    text.resize(size + 65'536);
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system(fmt::format("{}: cannot be read", path), errno);
    if (got == 0) return {boost::system::in_place_value, std::move(text)};
    if (text.size() > kMaxLabelBytes)
      return Error(fmt::format("{}: larger than {} bytes; these are hardly labels", path, kMaxLabelBytes));
  }
}

Result<learn::Labels> read_labels(const std::string& path, const detection::IdentityOptions& identity,
                                  std::FILE* log) {
  const auto text = read_text(path);
  if (!text) return text.error();
  learn::ParsedLabels parsed = learn::parse_labels(*text, path, identity);
  if (parsed.faults.empty()) return std::move(parsed.labels);
  for (std::size_t i = 0; i < parsed.faults.size() && i < kFaultsShown; ++i)
    fmt::print(log, "{}\n", parsed.faults[i]);
  return Error(fmt::format("{}: {} lines cannot be used{}; nothing was learned", path, parsed.faults.size(),
                           parsed.faults.size() > kFaultsShown
                               ? fmt::format(", of which the first {} are above", kFaultsShown)
                               : ""));
}

// A new file beside `path` that takes its place in one step, or `path` itself where nothing may be there.
Result<void> write_file(const std::string& path, const std::string& text, bool force) {
  const std::string name = force ? path + ".new" : path;
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL);
  UniqueFd file(::open(name.c_str(), flags, 0644));
  if (!file && errno == EEXIST)
    return Error(fmt::format("{} is there already; --force writes over it", path));
  if (!file) return Error::system(fmt::format("{}: cannot be written", name), errno);
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  const bool whole = written == static_cast<ssize_t>(text.size()) && ::fsync(file.get()) == 0;
  if (!whole || (force && ::rename(name.c_str(), path.c_str()) != 0)) {
    const Error error = Error::system(fmt::format("{}: cannot be written", path), errno);
    (void)::unlink(name.c_str());
    return error;
  }
  return {};
}

// Watches the labelled sources of the logs go by.
class LabelledSources {
 public:
  LabelledSources(detection::Detector& detector, const learn::Labels& labels)
      : detector_(detector), labels_(labels) {}

  void take(const detection::Request& request) {
    if (seen_++ == 0) from_ = until_ = request.time;
    from_ = std::min(from_, request.time);
    until_ = std::max(until_, request.time);
    const detection::Detector::Seen seen = detector_.observe(request);
    const auto& source = seen.source;
    if (!seen.matters) return;
    const learn::Label* label = labels_.find(source);
    if (label == nullptr) return;
    const detection::SourceRecord& record = *std::as_const(detector_).find(source);
    const detection::Finding finding = detector_.evaluate(source, std::max(request.time, record.last_seen));
    if (!finding.exempt.empty()) {
      verified_.insert(source);
      return;
    }
    learn::Example& example = examples_[source];
    example.source = source;
    example.kind = label->kind;
    example.line = label->line;
    example.take(finding);
  }

  [[nodiscard]] std::vector<learn::Example> examples() const {
    std::vector<learn::Example> examples;
    for (const auto& [source, example] : examples_) {
      if (!verified_.contains(source)) examples.push_back(example);
    }
    return examples;
  }
  [[nodiscard]] std::size_t verified() const { return verified_.size(); }
  [[nodiscard]] WallTime from() const { return from_; }
  [[nodiscard]] WallTime until() const { return until_; }

 private:
  detection::Detector& detector_;
  const learn::Labels& labels_;
  std::map<Prefix, learn::Example> examples_;
  std::set<Prefix> verified_;
  std::uint64_t seen_ = 0;
  WallTime from_;
  WallTime until_;
};

LearningReport::Count count(const std::vector<learn::Example>& examples, learn::Kind kind) {
  LearningReport::Count count;
  count.fired.resize(detection::heuristic_terms().size());
  std::set<unsigned> lines;
  for (const learn::Example& example : examples) {
    if (example.kind != kind) continue;
    ++count.sources;
    lines.insert(example.line);
    for (const learn::Strength& strength : example.strengths)
      ++count.fired[strength.heuristic];
  }
  count.lines = lines.size();
  return count;
}

Result<LearningReport> conclude(const LabelledSources& seen, const config::Config& config,
                                std::size_t labels) {
  const std::vector<learn::Example> examples = seen.examples();
  LearningReport report;
  report.people = count(examples, learn::Kind::person);
  report.scrapers = count(examples, learn::Kind::scraper);
  if (std::min(report.people.lines, report.scrapers.lines) < kLeastLines) {
    return Error(fmt::format(
        "of {} labelled networks {} with scrapers and {} with people occur in the logs as asking for pages; "
        "it takes {} of each to learn anything: label more, or give more logs",
        labels, report.scrapers.lines, report.people.lines, kLeastLines));
  }
  report.verified = seen.verified();
  report.from = seen.from();
  report.until = seen.until();
  const learn::Scoring scoring(config.detector.scoring);
  report.before = learn::to_vector(config.detector.scoring.scales);
  auto fitted = learn::fit(examples, scoring, config.policy.block_score);
  if (!fitted) return fitted.error();
  // As it is written.
  for (double& scale : *fitted)
    scale = std::round(scale * 100) / 100;
  report.after = *std::move(fitted);
  const auto trial = learn::cross_validate(examples, report.before, scoring, config.policy);
  if (!trial) return trial.error();
  report.trial = *trial;
  return report;
}

}  // namespace

Result<void> learn(const config::Config& config, const LearnOptions& options, std::FILE* out,
                   std::FILE* log) {
  // Before the work.
  if (!options.output.empty() && !options.force && ::access(options.output.c_str(), F_OK) == 0)
    return Error(fmt::format("{} is there already; --force writes over it", options.output));
  const auto labels = read_labels(options.labels, config.detector.identity, log);
  if (!labels) return labels.error();
  const auto roles = read_list_roles(config.lists, lists_folder(config.store.path));
  if (!roles) return roles.error();
  auto knowledge = load_knowledge(config.knowledge);
  if (!knowledge) return knowledge.error();
  detection::NoNames names;  // as in replay
  detection::DetectorOptions unscaled = config.detector;
  unscaled.scoring.scales = {};
  auto detector = detection::Detector::create(unscaled, with_lists(knowledge->knowledge, *roles), names);
  if (!detector) return detector.error();

  LabelledSources seen(*detector, *labels);
  const auto read = read_logs(
      config, options.logs, [&](const detection::Request& request) { seen.take(request); }, log);
  if (!read) return read.error();
  fmt::print(log, "{} lines, {} requests in {:.2f} s ({:.0f} lines a second)\n", read->lines, read->requests,
             read->seconds, read->lines_per_second());
  const auto report = conclude(seen, config, labels->size());
  if (!report) return report.error();
  if (options.json) {
    fmt::print(out, "{}\n", to_json(*report, config));
  } else {
    print_tables(*report, config, out);
  }
  if (options.output.empty()) return {};
  if (auto written = write_file(options.output, to_toml(*report, config), options.force); !written)
    return written.error();
  fmt::print(log, "{} is written; name it in `include` of the configuration, and reload\n", options.output);
  return {};
}

}  // namespace sluice::app
