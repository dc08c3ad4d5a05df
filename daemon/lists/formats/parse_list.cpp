// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/formats/parse_list.h"

#include <string>
#include <vector>

#include "daemon/lists/formats/csv.h"
#include "daemon/lists/formats/json_ranges.h"
#include "daemon/lists/formats/netset.h"

namespace sluice::lists {
namespace {

// Where those who publish JSON have their networks.
std::vector<std::string> published_paths(ListFormat format) {
  switch (format) {
    case ListFormat::aws:
      return {"prefixes.ip_prefix", "ipv6_prefixes.ipv6_prefix"};
    case ListFormat::azure:
      return {"values.properties.addressPrefixes"};
    case ListFormat::cloudflare:
      return {"result.ipv4_cidrs", "result.ipv6_cidrs"};
    case ListFormat::fastly:
      return {"addresses", "ipv6_addresses"};
    case ListFormat::google:
      return {"prefixes.ipv4Prefix", "prefixes.ipv6Prefix"};
    case ListFormat::oracle:
      return {"regions.cidrs.cidr"};
    default:
      return {};
  }
}

}  // namespace

Result<ListReport> parse_list(std::string_view text, const ListOptions& options, ListNumber list,
                              Entries& entries) {
  const std::size_t most = options.max_entries;
  switch (options.format) {
    case ListFormat::netset:
      return parse_netset(text, list, entries, most);
    case ListFormat::csv:
      return parse_csv(text, {options.column, options.separator.front(), options.last_column}, list, entries,
                       most);
    case ListFormat::geofeed:
      return parse_csv(text, {"1", ',', {}}, list, entries, most);
    case ListFormat::json:
      return parse_json_ranges(text, options.paths, list, entries, most);
    default:
      return parse_json_ranges(text, published_paths(options.format), list, entries, most);
  }
}

}  // namespace sluice::lists
