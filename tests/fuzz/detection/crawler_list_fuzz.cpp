// SPDX-License-Identifier: Apache-2.0
// Lists of crawlers and of their ranges, read or refused line by line; what is read can be asked.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/detection/clients/agents/crawlers.h"

namespace {

using namespace sluice;
using namespace sluice::detection;

void require(bool condition) {
  if (!condition) std::abort();
}

class Silent final : public NameOracle {
 public:
  Names names_of(const Address&) override { return {State::failed, {}}; }
  Addresses addresses_of(std::string_view, Family) override { return {State::failed, {}}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const CrawlerList list = parse_crawlers(text);
  const CrawlerDirectory directory(list.crawlers);
  require(directory.size() + directory.refused().size() >= list.crawlers.size());
  if (const auto* crawler = directory.find("Mozilla/5.0 (compatible; namedbot; rangedbot)")) {
    Silent oracle;
    const auto check = CrawlerDirectory::verify(*crawler, Address::from_v4({192, 0, 2, 1}), oracle);
    require(check.verdict != CrawlerVerdict::pending && check.verdict != CrawlerVerdict::verified_by_name);
    require(!check.text.empty());
  }
  const auto ranges = parse_crawler_ranges(text);
  if (!ranges) require(!ranges.error().message().empty());
  return 0;
}
