// SPDX-License-Identifier: Apache-2.0
// What a list says, read and made fit to be put in force: its entries, sorted, or the crawlers it names. Does
// not change once made, so that threads share it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/lists/crowdsec.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/options.h"
#include "daemon/lists/report.h"
#include "daemon/detection/clients/agents/crawlers.h"

namespace sluice::lists {

struct Content {
  Entries entries;  // sorted, an enclosing network before those inside it; each of the list's number
  std::vector<detection::CrawlerOptions> crawlers;      // of verify_crawler
  std::shared_ptr<const CrowdsecDecisions> decisions;  // of format crowdsec: where the entries come from
  ListReport report;
  std::string digest;  // of the text it was read from: the same digest, the same content

  // Entries, or crawlers with format = "crawlers".
  [[nodiscard]] std::size_t size() const { return report.entries() > 0 ? report.entries() : crawlers.size(); }
};

// Of one text, that was fetched. Checks options.sha256 and, where options.public_key is set, the signature.
// Fails on a text that holds nothing.
[[nodiscard]] Result<Content> make_content(std::string_view text, std::string_view signature,
                                           const ListOptions& options, ListNumber list);

// Of decisions, which may be none at all.
[[nodiscard]] Content make_content(CrowdsecDecisions decisions, const ListOptions& options, ListNumber list);

// Of a local source: a file, or all files of a folder. Errors begin with the path.
[[nodiscard]] Result<Content> read_content(const ListOptions& options, ListNumber list);

// The networks that hold all of `prefix`, widest first.
[[nodiscard]] std::vector<Prefix> entries_holding(const Entries& sorted, const Prefix& prefix);

[[nodiscard]] std::vector<Prefix> prefixes_of(const Entries& entries);

}  // namespace sluice::lists
