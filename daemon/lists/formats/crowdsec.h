// SPDX-License-Identifier: Apache-2.0
// The decisions of a CrowdSec: read from what its local API answers (/v1/decisions/stream), kept with their
// ends, written as text for the copy on disk. A decision about neither an address nor a range is counted and
// has no effect. The text is a stranger's: what is kept of it is bounded. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/report.h"

namespace sluice::lists {

// Does not change once made.
class CrowdsecDecisions {
 public:
  static constexpr std::size_t kMaxText = 128;       // bytes kept of a scenario, an origin, a type
  static constexpr std::size_t kMaxWords = 50'000;   // different ones of these
  static constexpr std::size_t kMaxOthers = 10'000;  // decisions of neither addresses nor ranges

  struct Decision {
    std::uint64_t id = 0;
    Prefix network;
    WallTime until{};  // whole seconds
    std::string_view type;
    std::string_view scenario;
    std::string_view origin;
  };

  CrowdsecDecisions() = default;

  // Reads an answer of the API that came at `now`: all decisions, or, as `change`, what became of those
  // before (which may be empty). Ended ones are left out. Fails, and changes nothing, on what is no such
  // answer and on more than `most` decisions. A decision that cannot be read is left out and counted.
  [[nodiscard]] static Result<CrowdsecDecisions> read_answer(std::string_view json, bool change,
                                                             const CrowdsecDecisions& before, WallTime now,
                                                             std::size_t most);

  // Reads what text() wrote, without what has ended at `now`.
  [[nodiscard]] static Result<CrowdsecDecisions> read_text(std::string_view text, WallTime now,
                                                           std::size_t most);
  // A decision a line; the same decisions, the same text.
  [[nodiscard]] std::string text() const;

  [[nodiscard]] CrowdsecDecisions without_ended(WallTime now) const;
  // When the next of them ends.
  [[nodiscard]] std::optional<WallTime> next_end() const;

  // Adds the networks of the decisions of these types to the entries, and to the report what was left out.
  void add_entries(const std::vector<std::string>& types, ListNumber list, Entries& entries,
                   ListReport& report) const;
  // The decision that lasts longest among those of these types that hold all of a network. Its texts live as
  // long as this.
  [[nodiscard]] std::optional<Decision> find(const Prefix& network,
                                             const std::vector<std::string>& types) const;
  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  using Word = std::uint16_t;  // an index of words_
  struct Kept {
    std::uint64_t id = 0;
    Prefix network;
    std::int64_t until = 0;  // seconds since 1970
    Word type = 0;
    Word scenario = 0;
    Word origin = 0;
    bool is_range = false;  // its scope
  };
  using Key = std::tuple<Prefix, bool, std::string_view>;  // CrowdSec answers with one decision of each
  struct Raw;                                              // as it came
  class Reader;

  [[nodiscard]] Key key_of(const Kept& kept) const {
    return {kept.network, kept.is_range, words_[kept.type]};
  }
  [[nodiscard]] Word word(std::string_view text);
  [[nodiscard]] std::optional<Kept> keep(const Raw& raw);
  void sort();
  [[nodiscard]] std::int64_t steady_end(const Key& key, const Kept& kept) const;

  std::vector<Kept> kept_;                                                            // by key
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> others_;  // scope, value, type
  std::vector<std::string> words_;
  std::map<std::string, Word, std::less<>> word_index_;
  std::size_t bad_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace sluice::lists
