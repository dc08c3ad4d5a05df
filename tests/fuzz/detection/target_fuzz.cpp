// SPDX-License-Identifier: Apache-2.0
// Any text as the target of a request, read as each server reads it, then put through a table of routes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/detection/site/background.h"
#include "daemon/detection/site/shown.h"

namespace {

using namespace sluice::detection;

void require(bool condition) {
  if (!condition) std::abort();
}

RouteTable make_table() {
  RouteTableOptions options;
  options.routes = {{"people", "/people/{subject}"},
                    {.name = "user", .pattern = "/index.php?title=User:{subject}", .fold_case = true},
                    {.name = "two", .pattern = "/org/{subject}/**/member/{subject}"},
                    {.name = "mixed", .pattern = "/**/{subject:number}-*.html"},
                    {.name = "host", .pattern = "/**", .hosts = {"{subject}.example.org"}, .except = {"www"}},
                    {.name = "list", .pattern = "/list", .exposes = "limit"}};
  options.every_page = RouteTableOptions::EveryPage::always;
  auto made = RouteTable::create(options);
  require(static_cast<bool>(made));
  return *std::move(made);
}

// What is in the normal form already stays as it is, and has no segment that servers resolve.
void check_path(const Target& target, const TargetRules& rules) {
  if (target.malformed || !target.path.starts_with('/')) return;
  for (std::string_view rest = target.path; !rest.empty();) {
    const std::string_view segment = next_segment(rest);
    require(!segment.empty() || rest.empty());
    require(segment != "." && segment != "..");
  }
  // Letters that were escaped are plain now, and would be read once more.
  if (target.path.find_first_of("%;?#\\") != std::string_view::npos) return;
  std::string again;
  require(normalise(target.path, rules, again).path == target.path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const RouteTable table = make_table();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Server server : {Server::nginx, Server::apache, Server::caddy, Server::iis, Server::other}) {
    const TargetRules rules{server, server == Server::other};
    std::string buffer;
    check_path(normalise(text, rules, buffer), rules);
  }
  Request request;
  request.method = "GET";
  request.status = 200;
  request.target = text.substr(0, text.find('\n'));
  text.remove_prefix(request.target.size());
  request.host = text.substr(0, text.find('\r'));
  text.remove_prefix(request.host.size());
  request.subjects = text.substr(0, text.find('\t'));
  MatchBuffer buffer;
  const RouteMatch match = table.match(request, buffer);
  require((match.subject_hash == 0) == match.subject.empty());
  require(match.listed <= RouteTable::kMostListed);
  std::vector<ShownSubject> shown;
  find_shown(request, match, Sensitivity::normal, buffer.scratch, shown);
  require(shown.size() <= RouteTable::kMostListed + 1);
  (void)initiator_of(request, match);
  return 0;
}
