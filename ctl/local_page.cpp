// SPDX-License-Identifier: Apache-2.0
#include "ctl/local_page.h"

#include <memory>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

namespace sluice::ctl {
namespace {

struct Page {
  std::string text;
  std::size_t limit = 0;
};

std::size_t take_part(char* data, std::size_t, std::size_t size, void* to) noexcept {
  auto& page = *static_cast<Page*>(to);
  if (size > page.limit - page.text.size()) return 0;
  page.text.append(data, size);
  return size;
}

}  // namespace

Result<std::string> fetch_local_page(const std::string& listen, const std::string& path, std::size_t limit) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return Error("libcurl does not start");
  Page page{{}, limit};
  const bool is_socket = listen.starts_with('/');
  curl_easy_setopt(curl.get(), CURLOPT_URL,
                   fmt::format("http://{}{}", is_socket ? "localhost" : listen, path).c_str());
  if (is_socket) curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, listen.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");  // this host is asked, whatever http_proxy says
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &take_part);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &page);
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK)
    return Error(curl_easy_strerror(code));
  return {boost::system::in_place_value, std::move(page.text)};
}

}  // namespace sluice::ctl
