// SPDX-License-Identifier: Apache-2.0
// Reads lists from where the configuration has them, and judges whether what was read may take the place of
// what there is. Used by ListSet, and by what runs beside the daemon. Works in any thread; keeps nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/app/lists/list_growth.h"
#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/lists/content.h"
#include "daemon/lists/coverage.h"
#include "daemon/lists/options.h"
#include "daemon/lists/sync/copy.h"

namespace sluice::app {

struct ReadList {
  lists::ListOptions options;
  lists::ListNumber number = 0;
  std::shared_ptr<const lists::Content> content;  // the last good one; null: there is none yet
  WallTime loaded{};                              // when the content was read, or fetched
  WallTime checked{};                             // when its source last confirmed it
  lists::Version version;                         // of a source that is fetched
  std::optional<Error> error;                     // why there is no content, or it cannot be in force
  bool is_refused = false;   // there is no content because an operator is to accept it first
  lists::Coverage accepted;  // of a file: what an earlier process had accepted
  bool armed = false;        // packets are judged by it
  std::uint32_t redundant = 0;
  std::shared_ptr<detection::CrawlerUse> use =
      std::make_shared<detection::CrawlerUse>();  // of verify_crawler
};

// News of one list, for the set to take or to refuse.
struct ListNews {
  // A text, or of format crowdsec: all decisions, those that changed, or that some have ended.
  enum class Of : std::uint8_t { text, all_decisions, changed_decisions, ended_decisions };
  std::string name;
  std::string source;               // where it is from
  std::optional<lists::Copy> copy;  // was fetched; none: the source is local, and is read now
  std::string signature;            // of what was fetched
  bool force = false;               // taken although it shrank, or covers much more
  Of of = Of::text;
};

struct ListOutcome {
  enum class Kind : std::uint8_t { updated, unchanged, kept, failed };
  std::string name;
  Kind kind = Kind::failed;
  std::string note;  // what is wrong, of kept and failed; otherwise lines that were left out
};

[[nodiscard]] std::string_view to_string(ListOutcome::Kind kind);

[[nodiscard]] std::string copy_path(const std::string& folder, const lists::ListOptions& options);

// Whether the same text under these options is the same content.
[[nodiscard]] bool reads_alike(const lists::ListOptions& a, const lists::ListOptions& b);

// Reads a list's file, or its copy. A source that was never fetched leaves no content and no error. A file
// that covers too much for a first content is refused.
void read_list(ReadList& list, const std::string& folder);

// Keeps on disk how much the lists of files cover, for the next read_list(). Says what the disk refuses.
[[nodiscard]] Result<void> keep_accepted(const std::vector<const ReadList*>& lists,
                                         const std::string& folder);

// When the first of the list's decisions ends; nothing where it has none.
[[nodiscard]] std::optional<WallTime> next_end(const ReadList& list);

// Takes what is new into the list, or keeps what it has. A copy that was fetched is not saved yet.
[[nodiscard]] ListOutcome take_news(ReadList& list, const ListNews& news, WallTime now,
                                    const Bystanders& bystanders);

// For a reload: `list` as the configuration now wants it, `before` what there was under its name, or null. A
// file that cannot be read is the error of the list. What shrank or grew too much does not replace what there
// was, and the outcome says so.
[[nodiscard]] ListOutcome read_again(ReadList& list, const ReadList* before, const std::string& folder,
                                     const Bystanders& bystanders);

// "3 lines are left out: line 2: ...", or nothing.
[[nodiscard]] std::string left_out(const lists::ListReport& report);

// Where the copies are, beside the stored state.
[[nodiscard]] std::string lists_folder(const std::string& store_path);

}  // namespace sluice::app
