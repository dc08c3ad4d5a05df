// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/content.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/file.h"
#include "daemon/base/sha256.h"
#include "daemon/lists/formats/parse_list.h"
#include "daemon/lists/sanity.h"
#include "daemon/lists/signature.h"
#include "daemon/lists/sync/folder.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxSignature = 1024;

Result<void> check_text(std::string_view text, std::string_view signature, const ListOptions& options) {
  if (!options.sha256.empty()) {
    if (const std::string digest = sha256(text); digest != options.sha256)
      return Error(
          fmt::format("its SHA-256 is {}, not {} as the configuration wants", digest, options.sha256));
  }
  if (options.public_key.empty()) return {};
  return verify_signature(text, signature, options.public_key);
}

void add(const ListReport& from, ListReport& to) {
  to.entries_v4 += from.entries_v4;
  to.entries_v6 += from.entries_v6;
  to.host_bits_cleared += from.host_bits_cleared;
  to.bad_lines += from.bad_lines;
  for (const std::string& fault : from.faults) {
    if (to.faults.size() < ListReport::kMaxFaults) to.faults.push_back(fault);
  }
}

Result<void> take_crawlers(std::string_view text, Content& content) {
  auto list = detection::parse_crawlers(text);
  content.report.bad_lines += list.faults.size();
  for (std::string& fault : list.faults) {
    if (content.report.faults.size() < ListReport::kMaxFaults)
      content.report.faults.push_back(std::move(fault));
  }
  if (list.crawlers.empty()) {
    return Error(content.report.faults.empty()
                     ? "names no crawler"
                     : fmt::format("names no crawler: {}", fmt::join(content.report.faults, "; ")));
  }
  for (detection::CrawlerOptions& crawler : list.crawlers)
    content.report.too_wide += leave_out_wide(crawler.ranges);
  std::ranges::move(list.crawlers, std::back_inserter(content.crawlers));
  return {};
}

// Appends what a text says.
Result<void> take_text(std::string_view text, const ListOptions& options, ListNumber list, Content& content) {
  if (options.format == ListFormat::crawlers) return take_crawlers(text, content);
  const auto report = parse_list(text, options, list, content.entries);
  if (!report) return report.error();
  add(*report, content.report);
  if (content.report.entries() > options.max_entries)
    return Error(fmt::format("holds more than {} entries", options.max_entries));
  return {};
}

void guard_and_sort(const ListOptions& options, Content& content) {
  leave_out_unfit(options.action, content.entries, content.report);
  sort_entries(content.entries.v4);
  sort_entries(content.entries.v6);
}

Result<void> finish(const ListOptions& options, Content& content) {
  guard_and_sort(options, content);
  const bool is_empty = content.entries.size() == 0 && content.crawlers.empty();
  // Without its proxies their visitors would be one visitor: nothing may be armed then.
  if (is_empty && options.action == ListAction::trusted_proxy && content.report.too_wide == 0)
    return Error("names no proxy");
  if (is_empty && content.report.too_wide + content.report.spared > 0) {
    return Error(fmt::format(
        "holds nothing that may be in force: {} entries are of nearly everybody, {} of private networks",
        content.report.too_wide, content.report.spared));
  }
  if (options.action != ListAction::verify_crawler || !content.crawlers.empty()) return {};
  detection::CrawlerOptions& crawler = content.crawlers.emplace_back();
  crawler.name = options.name;
  crawler.user_agent = options.user_agent;
  crawler.ranges = prefixes_of(content.entries);
  crawler.ranges_complete = options.complete;
  return {};
}

Result<Content> read_folder(const ListOptions& options, ListNumber list) {
  const auto files = files_in(options.source);
  if (!files) return files.error();
  if (!options.sha256.empty() || !options.public_key.empty())
    return Error(
        fmt::format("{}: sha256 and public_key are for one file, and this is a folder", options.source));
  if (files->empty()) return Error(fmt::format("{}: holds no file", options.source));
  Content content;
  std::size_t bytes = 0;
  for (const std::string& file : *files) {
    const auto text = read_file(file, options.max_bytes());
    if (!text) return text.error();
    bytes += text->size();
    if (bytes > options.max_bytes())
      return Error(fmt::format("{}: larger than {} MiB", options.source, options.max_size_mib));
    const std::size_t faults = content.report.faults.size();
    if (auto taken = take_text(*text, options, list, content); !taken) return taken.error().in(file);
    for (std::size_t i = faults; i < content.report.faults.size(); ++i)
      content.report.faults[i] = fmt::format("{}: {}", file, content.report.faults[i]);
    content.digest += sha256(*text);
  }
  content.digest = sha256(content.digest);
  if (auto finished = finish(options, content); !finished) return finished.error().in(options.source);
  return content;
}

template <std::size_t N>
void put(std::array<std::uint8_t, N>& bytes, std::size_t at, std::size_t size, std::uint64_t number) {
  for (std::size_t i = 0; i < size; ++i)
    bytes[at + i] = static_cast<std::uint8_t>(number >> (8 * (size - 1 - i)));
}

Prefix prefix_of(EntryV4 entry) {
  std::array<std::uint8_t, 4> bytes{};
  put(bytes, 0, 4, network_of(entry));
  return {Address::from_v4(bytes), length_of(entry)};
}

Prefix prefix_of(const EntryV6& entry) {
  std::array<std::uint8_t, 16> bytes{};
  put(bytes, 0, 8, entry.high);
  put(bytes, 8, 8, entry.low);
  return {Address::from_v6(bytes), entry.length};
}

}  // namespace

Result<Content> make_content(std::string_view text, std::string_view signature, const ListOptions& options,
                             ListNumber list) {
  if (auto checked = check_text(text, signature, options); !checked) return checked.error();
  Content content;
  if (auto taken = take_text(text, options, list, content); !taken) return taken.error();
  if (auto finished = finish(options, content); !finished) return finished.error();
  content.digest = sha256(text);
  return content;
}

Content make_content(CrowdsecDecisions decisions, const ListOptions& options, ListNumber list) {
  Content content;
  decisions.add_entries(options.types, list, content.entries, content.report);
  guard_and_sort(options, content);
  content.digest = sha256(decisions.text());
  content.decisions = std::make_shared<const CrowdsecDecisions>(std::move(decisions));
  return content;
}

Result<Content> read_content(const ListOptions& options, ListNumber list) {
  if (is_folder(options.source)) return read_folder(options, list);
  const auto text = read_file(options.source, options.max_bytes());
  if (!text) return text.error();
  std::string signature;
  if (!options.public_key.empty()) {
    auto read = read_file(options.source + ".sig", kMaxSignature);
    if (!read) return read.error();
    signature = *std::move(read);
  }
  auto content = make_content(*text, signature, options, list);
  if (!content) return content.error().in(options.source);
  return content;
}

std::vector<Prefix> entries_holding(const Entries& sorted, const Prefix& prefix) {
  std::vector<Prefix> found;
  if (prefix.family() == Family::ipv4) {
    const std::uint32_t number = number_of(prefix.address());
    for (unsigned length = 0; length <= prefix.length(); ++length) {
      // The list is in the lowest bits that are used, so this is before all of that network.
      const EntryV4 least = make_entry_v4(number & mask_v4(length), length, 0);
      const auto at = std::ranges::lower_bound(sorted.v4, least);
      if (at != sorted.v4.end() && *at >> 24U == least >> 24U) found.push_back(prefix_of(*at));
    }
    return found;
  }
  const Halves number = halves_of(prefix.address());
  const auto before = [](const EntryV6& a, const EntryV6& b) {
    return std::tie(a.high, a.low, a.length) < std::tie(b.high, b.low, b.length);
  };
  for (unsigned length = 0; length <= prefix.length(); ++length) {
    const EntryV6 wanted{number.high & mask_high(length), number.low & mask_low(length),
                         static_cast<std::uint8_t>(length), 0};
    const auto at = std::ranges::lower_bound(sorted.v6, wanted, before);
    if (at != sorted.v6.end() && at->same_network(wanted)) found.push_back(prefix_of(*at));
  }
  return found;
}

std::vector<Prefix> prefixes_of(const Entries& entries) {
  std::vector<Prefix> prefixes;
  prefixes.reserve(entries.size());
  for (const EntryV4 entry : entries.v4)
    prefixes.push_back(prefix_of(entry));
  for (const EntryV6& entry : entries.v6)
    prefixes.push_back(prefix_of(entry));
  return prefixes;
}

}  // namespace sluice::lists
