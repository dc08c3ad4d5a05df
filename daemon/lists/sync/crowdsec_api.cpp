// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/sync/crowdsec_api.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>

#include "daemon/base/file.h"
#include "daemon/base/text.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxKey = 512;

}  // namespace

std::string crowdsec_url(std::string_view api, bool all) {
  while (api.ends_with('/'))
    api.remove_suffix(1);
  // A question without scopes is answered with addresses and ranges alone, and nobody would know of others.
  return fmt::format("{}/v1/decisions/stream?startup={}&scopes=ip,range,as,country", api, all);
}

std::string_view crowdsec_remedy(long status) {
  switch (status) {
    case 401:
    case 403:
      return "CrowdSec does not know the key in key_file, or has revoked it; `cscli bouncers list` shows "
             "whom it knows, `cscli bouncers add sluice` makes a key";
    case 0:
      return "does CrowdSec run (`cscli lapi status`), and is source its api.server.listen_uri?";
    case 404:
      return "this is hardly CrowdSec's local API; source is to be its api.server.listen_uri";
    default:
      return {};
  }
}

Result<std::string> read_crowdsec_key(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    const Error error = Error::system(path, errno);
    return Error(error.message() + "; put there what `cscli bouncers add sluice -o raw` prints");
  }
  if ((status.st_mode & S_IRWXO) != 0)
    return Error(
        fmt::format("{}: everybody can read or write it; `chown root:sluice` and `chmod 640` it", path));
  auto text = read_file(path, std::size_t{1} << 20U);
  if (!text) return text.error();
  std::string key(trimmed(*text));
  if (key.empty())
    return Error(fmt::format("{}: empty; put there what `cscli bouncers add sluice -o raw` prints", path));
  const bool good =
      key.size() <= kMaxKey && std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
  if (!good)
    return Error(fmt::format(
        "{}: holds more than a key; put there what `cscli bouncers add sluice -o raw` prints", path));
  return {boost::system::in_place_value, std::move(key)};
}

}  // namespace sluice::lists
