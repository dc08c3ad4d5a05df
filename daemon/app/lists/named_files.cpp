// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/named_files.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "daemon/app/lists/knowledge.h"
#include "daemon/app/lists/list_reading.h"
#include "daemon/base/clock.h"
#include "daemon/base/unique_fd.h"
#include "daemon/lists/content.h"
#include "daemon/lists/formats/netset.h"
#include "daemon/lists/sync/file_watch.h"
#include "daemon/lists/sync/source.h"

namespace sluice::app {

std::vector<NamedFile> looked_at_again(std::vector<NamedFile> files) {
  for (NamedFile& file : files) {
    // What is no regular file is not waited for.
    const UniqueFd opened(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened) {
      file.gone = Error::system(file.path, errno).message();
    } else {
      file.has_changed = lists::changed_since(file.path, file.read);
    }
  }
  return files;
}

std::vector<NamedFile> read_proxy_files(const intake::ProxyOptions& options) {
  std::vector<NamedFile> files;
  for (const std::string& path : options.lists) {
    NamedFile& file = files.emplace_back();
    file.key = "proxies.lists";
    file.path = path;
    file.read = wall_now();
    lists::Entries entries;
    const auto report = lists::load_netset(path, 1, entries);
    if (!report) {
      file.error = report.error().message();
    } else {
      file.left_out = report->bad_lines;
      if (!report->faults.empty()) file.first_fault = report->faults.front();
    }
  }
  return files;
}

FileFaults faults_of_files(const config::Config& config) {
  FileFaults faults;
  auto files = read_files_of_knowledge(config.knowledge).files;
  for (NamedFile& file : read_proxy_files(config.proxies))
    files.push_back(std::move(file));
  for (const NamedFile& file : files) {
    if (!file.error.empty()) faults.unreadable.push_back(fmt::format("{}: {}", file.key, file.error));
    if (file.left_out > 0)
      faults.left_out.push_back(
          fmt::format("{}: {}: {} left out: {}", file.key, file.path, file.left_out, file.first_fault));
  }
  for (const lists::ListOptions& list : config.lists) {
    if (lists::is_url(list.source)) continue;
    const auto content = lists::read_content(list, 1);
    if (!content) {
      faults.unreadable.push_back(fmt::format("list {}: {}", list.name, content.error().message()));
    } else if (const std::string some = left_out(content->report); !some.empty()) {
      faults.left_out.push_back(fmt::format("list {}: {}: {}", list.name, list.source, some));
    }
  }
  return faults;
}

}  // namespace sluice::app
