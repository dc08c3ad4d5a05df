// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/robots.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"

namespace sluice::lists {
namespace {

constexpr off_t kMaxBytes = 16 << 20;  // the longest published list has 0.6 MiB

Result<std::string> read_text(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO does not hold us up
  if (!fd) return Error::system(path, errno);
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return Error::system(path, errno);
  if (!S_ISREG(status.st_mode)) return Error(fmt::format("{}: not a regular file", path));
  if (status.st_size > kMaxBytes)
    return Error(fmt::format("{}: is longer than {} MiB", path, kMaxBytes >> 20));
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = read(fd.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error::system(path, errno);
    if (count == 0) break;  // it was cut since
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return {boost::system::in_place_value, std::move(text)};
}

void name_the_file(std::vector<std::string>& faults, const std::string& path) {
  for (std::string& fault : faults)
    fault = fmt::format("{}: {}", path, fault);
}

}  // namespace

Result<detection::AgentCatalogue> load_agent_catalogue(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return text.error();
  auto catalogue = detection::parse_agent_catalogue(*text);
  if (!catalogue) return catalogue.error().in(path);
  name_the_file(catalogue->faults, path);
  return catalogue;
}

Result<detection::CrawlerList> load_crawlers(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return text.error();
  auto list = detection::parse_crawlers(*text);
  name_the_file(list.faults, path);
  return list;
}

Result<detection::RobotsRules> load_robots_rules(const std::string& path, std::vector<std::string>& faults) {
  const auto text = read_text(path);
  if (!text) return text.error();
  auto rules = detection::RobotsRules::parse(*text, faults);
  name_the_file(faults, path);
  return rules;
}

Result<std::vector<Prefix>> load_crawler_ranges(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return text.error();
  auto ranges = detection::parse_crawler_ranges(*text);
  if (!ranges) return ranges.error().in(path);
  return ranges;
}

}  // namespace sluice::lists
