// SPDX-License-Identifier: Apache-2.0
// Reads lists from where the configuration has them, and judges whether what was read may take the place of
// what there is. Works in whatever thread calls it; keeps nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/lists/content.h"
#include "daemon/lists/copy.h"
#include "daemon/lists/options.h"
#include "daemon/detection/clients/agents/crawlers.h"

namespace sluice::app {

struct ReadList {
  lists::ListOptions options;
  lists::ListNumber number = 0;
  std::shared_ptr<const lists::Content> content;  // the last good one; null: there is none yet
  WallTime loaded{};                              // when the content was read, or fetched
  WallTime checked{};                             // when its source last confirmed it
  lists::Version version;                         // of a source that is fetched
  std::optional<Error> error;                     // why there is no content, or it cannot be in force
  bool armed = false;                             // packets are judged by it
  std::uint32_t redundant = 0;
  std::shared_ptr<detection::CrawlerUse> use = std::make_shared<detection::CrawlerUse>();  // of verify_crawler
};

// What is to be read anew of one list.
struct ListNews {
  // A text, or of format crowdsec: all decisions, those that changed, or that some have ended.
  enum class Of : std::uint8_t { text, all_decisions, changed_decisions, ended_decisions };
  std::string name;
  std::string source;               // where it is from
  std::optional<lists::Copy> copy;  // was fetched; none: the source is local, and is read now
  std::string signature;            // of what was fetched
  bool force = false;               // taken although it shrank
  Of of = Of::text;
};

struct ListOutcome {
  enum class Kind : std::uint8_t { updated, unchanged, kept, failed };
  std::string name;
  Kind kind = Kind::failed;
  std::string note;  // what is wrong, of kept and failed; otherwise lines that were left out
};

[[nodiscard]] std::string_view to_string(ListOutcome::Kind kind);

// What lists mean beside packets.
struct ListRoles {
  std::vector<Prefix> proxies;
  std::vector<detection::CrawlerOptions> crawlers;
  std::vector<std::string> missing_proxies;  // names of lists of trusted proxies that have no content yet
};

[[nodiscard]] std::string copy_path(const std::string& folder, const lists::ListOptions& options);

// Whether the same text under these options is the same content.
[[nodiscard]] bool reads_alike(const lists::ListOptions& a, const lists::ListOptions& b);

// A list's file, or its copy. Of a source that was never fetched there is no content, and no error.
void read_list(ReadList& list, const std::string& folder);

// When the first of the list's decisions ends; nothing of a list without.
[[nodiscard]] std::optional<WallTime> next_end(const ReadList& list);

// Takes what is new into the list, or keeps what it has. A copy that was fetched is not saved yet.
[[nodiscard]] ListOutcome take_news(ReadList& list, const ListNews& news, WallTime now);

// For a reload: `list` as the configuration now wants it, `before` what there was under its name, or null. A
// file that cannot be read is the error of the list; content that shrank is kept, and the outcome says so.
[[nodiscard]] ListOutcome read_again(ReadList& list, const ReadList* before, const std::string& folder);

// "3 lines are left out: line 2: ...", or nothing.
[[nodiscard]] std::string left_out(const lists::ListReport& report);

// The roles of the lists of a configuration, from their files and copies, for what runs beside the daemon. A
// list of trusted proxies that cannot be read is an error.
[[nodiscard]] Result<ListRoles> read_list_roles(const std::vector<lists::ListOptions>& wanted,
                                                const std::string& folder);
void add_roles(const ReadList& list, ListRoles& roles);

// Where the copies are, beside the stored state.
[[nodiscard]] std::string lists_folder(const std::string& store_path);

}  // namespace sluice::app
