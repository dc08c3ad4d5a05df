// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/formats/json_ranges.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "daemon/base/text.h"
#include "daemon/lists/formats/entry_reader.h"

namespace sluice::lists {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxSteps = 8;    // of a path
constexpr std::size_t kMaxNesting = 8;  // of arrays in arrays: the walk recurses

std::vector<std::string_view> steps_of(std::string_view path) {
  std::vector<std::string_view> steps;
  while (true) {
    const auto dot = path.find('.');
    steps.push_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return steps;
    path.remove_prefix(dot + 1);
  }
}

class Walk {
 public:
  explicit Walk(EntryReader& reader) : reader_(reader) {}

  // In JSON lines a fault is named by the number of its line.
  void set_line(std::size_t line) { line_ = line; }
  // A path has led to an array of nothing.
  [[nodiscard]] bool met_empty_array() const { return met_empty_array_; }

  void go(dom::element at, std::span<const std::string_view> steps, std::size_t nesting) {
    if (reader_.is_full()) return;
    dom::array array;
    if (at.get(array) == simdjson::SUCCESS) {
      if (nesting == kMaxNesting) {
        reader_.refuse(next_number(), fmt::format("stands in more than {} arrays", kMaxNesting));
        return;
      }
      met_empty_array_ = met_empty_array_ || array.begin() == array.end();
      for (const dom::element item : array)
        go(item, steps, nesting + 1);
      return;
    }
    if (steps.empty()) {
      take(at);
      return;
    }
    dom::object object;
    if (at.get(object) != simdjson::SUCCESS) return;  // another kind of entry than those meant
    for (const auto [name, value] : object) {
      if (steps.front() == "*" || steps.front() == name) go(value, steps.subspan(1), nesting);
    }
  }

 private:
  std::size_t next_number() {
    ++entry_;
    return line_ != 0 ? line_ : entry_;
  }
  void take(dom::element at) {
    const std::size_t number = next_number();
    std::string_view text;
    if (at.get(text) == simdjson::SUCCESS) {
      reader_.take(number, text);
    } else if (!at.is_null()) {
      reader_.refuse(number, "is no text");
    }
  }

  EntryReader& reader_;
  std::size_t entry_ = 0;
  std::size_t line_ = 0;
  bool met_empty_array_ = false;
};

using Paths = std::vector<std::vector<std::string_view>>;

bool is_metadata(dom::element document) {
  std::string_view type;
  return document["type"].get(type) == simdjson::SUCCESS && type == "metadata";
}

// Whether the text begins with a line that is a document by itself, and goes on.
bool has_documents_in_lines(const simdjson::padded_string& text) {
  const std::string_view all(text);
  const auto end = all.find('\n');
  dom::parser parser;
  dom::element document;
  return end != std::string_view::npos &&
         parser.parse(all.data(), end, false).get(document) == simdjson::SUCCESS && document.is_object();
}

// Returns whether the text says that it lists nobody.
bool take_lines(const simdjson::padded_string& text, const Paths& paths, EntryReader& reader) {
  dom::parser parser;
  Walk walk(reader);
  std::string_view rest(text);
  bool has_metadata = false;
  for (std::size_t number = 1; !rest.empty() && !reader.is_full(); ++number) {
    const std::string_view line = trimmed(take_until(rest, '\n'));
    if (line.empty()) continue;
    dom::element document;
    // The bytes behind the line are the text's own, or its padding.
    if (const auto error = parser.parse(line.data(), line.size(), false).get(document);
        error != simdjson::SUCCESS) {
      reader.refuse(number, fmt::format("is not JSON: {}", simdjson::error_message(error)));
      continue;
    }
    if (is_metadata(document)) {
      has_metadata = true;
      continue;
    }
    walk.set_line(number);
    for (const auto& path : paths)
      walk.go(document, path, 0);
  }
  return has_metadata || walk.met_empty_array();
}

}  // namespace

Result<void> check_json_path(std::string_view path) {
  const auto steps = steps_of(path);
  if (steps.size() > kMaxSteps) return Error(fmt::format("has more than {} names", kMaxSteps));
  for (const std::string_view step : steps) {
    if (step.empty()) return Error("has an empty name; write names with single dots between them");
  }
  return {};
}

Result<ListReport> parse_json_ranges(std::string_view text, std::span<const std::string> paths,
                                     ListNumber list, Entries& entries, std::size_t most) {
  if (text.size() > kMaxJsonBytes)
    return Error(fmt::format("larger than {} MiB, which is the most for JSON", kMaxJsonBytes >> 20U));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  Paths steps;
  for (const std::string& path : paths)
    steps.push_back(steps_of(path));
  const simdjson::padded_string padded(text);
  dom::parser parser;
  dom::element document;
  const auto error = parser.parse(padded).get(document);
  const bool in_lines = error != simdjson::SUCCESS && has_documents_in_lines(padded);
  if (error != simdjson::SUCCESS && !in_lines)
    return Error(fmt::format("is not JSON: {}", simdjson::error_message(error)));
  EntryReader reader(list, entries, in_lines ? "line" : "entry", most);
  bool says_nobody = false;
  if (in_lines) {
    says_nobody = take_lines(padded, steps, reader);
  } else {
    Walk walk(reader);
    for (const auto& path : steps)
      walk.go(document, path, 0);
    says_nobody = walk.met_empty_array() || is_metadata(document);
  }
  const bool is_full = reader.is_full();
  auto report = std::move(reader).finish(says_nobody);
  if (report || is_full) return report;
  return Error(fmt::format("{} at {}", report.error().message(), fmt::join(paths, ", ")));
}

}  // namespace sluice::lists
