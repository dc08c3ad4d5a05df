// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/formats/json_ranges.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

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

  void go(dom::element at, std::span<const std::string_view> steps, std::size_t nesting) {
    if (reader_.is_full()) return;
    dom::array array;
    if (at.get(array) == simdjson::SUCCESS) {
      if (nesting == kMaxNesting) {
        reader_.refuse(++entry_, fmt::format("stands in more than {} arrays", kMaxNesting));
        return;
      }
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
  void take(dom::element at) {
    ++entry_;
    std::string_view text;
    if (at.get(text) == simdjson::SUCCESS) {
      reader_.take(entry_, text);
    } else if (!at.is_null()) {
      reader_.refuse(entry_, "is no text");
    }
  }

  EntryReader& reader_;
  std::size_t entry_ = 0;
};

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
  const simdjson::padded_string padded(text);
  dom::parser parser;
  dom::element document;
  if (const auto error = parser.parse(padded).get(document); error != simdjson::SUCCESS)
    return Error(fmt::format("is not JSON: {}", simdjson::error_message(error)));
  EntryReader reader(list, entries, "entry", most);
  Walk walk(reader);
  for (const std::string& path : paths)
    walk.go(document, steps_of(path), 0);
  const bool is_full = reader.is_full();
  auto report = std::move(reader).finish();
  if (report || is_full) return report;
  return Error(fmt::format("{} at {}", report.error().message(), fmt::join(paths, ", ")));
}

}  // namespace sluice::lists
