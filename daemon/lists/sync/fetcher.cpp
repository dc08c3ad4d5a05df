// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/sync/fetcher.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>
#include <fmt/format.h>

#include "daemon/base/foreign_sockets.h"
#include "daemon/base/text.h"
#include "daemon/lists/sync/source.h"

namespace sluice::lists {
namespace {

namespace asio = boost::asio;

constexpr long kOk = 200;
constexpr long kNotModified = 304;

// The value of a header line of this name, or nothing.
std::string_view value_of(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return {};
  return equal_ignoring_case(line.substr(0, name.size()), name) ? trimmed(line.substr(name.size() + 1))
                                                                : std::string_view();
}

// Its global state begins with the first user and ends with the process.
CURLcode start_library() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  return started;
}

struct Free {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

// Lives as long as the fetcher; what waits on the loop holds it weakly.
class Fetcher::Engine : public std::enable_shared_from_this<Engine> {
 public:
  explicit Engine(asio::any_io_executor executor) : executor_(std::move(executor)), timer_(executor_) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() {
    stop();
    if (multi_ != nullptr) curl_multi_cleanup(multi_);
  }

  Result<void> open() {
    if (const CURLcode code = start_library(); code != CURLE_OK)
      return Error(fmt::format("libcurl: {}", curl_easy_strerror(code)));
    sockets_.emplace(executor_, [weak = weak_from_this()](int fd, bool can_read) {
      if (const auto self = weak.lock()) self->act(fd, can_read ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
    });
    multi_ = curl_multi_init();
    if (multi_ == nullptr) return Error("libcurl: out of memory");
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Engine::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Engine::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    return {};
  }

  void get(FetchRequest request, Done done) {
    waiting_.emplace_back(std::move(request), std::move(done));
    asio::post(executor_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->begin();
    });
  }

  void stop() {
    waiting_.clear();
    for (auto& [easy, transfer] : transfers_)
      curl_multi_remove_handle(multi_, easy);
    transfers_.clear();
    if (sockets_) sockets_->clear();
    timer_.cancel();
  }

 private:
  struct Transfer {
    FetchRequest request;
    Done done;
    FetchAnswer answer;
    std::size_t header_bytes = 0;
    bool too_long = false;
    bool conditional = false;
    std::array<char, CURL_ERROR_SIZE> words{};
    std::unique_ptr<curl_slist, Free> headers;
    std::unique_ptr<CURL, Free> easy;
  };
  void begin() {
    while (!waiting_.empty() && transfers_.size() < kMaxAtOnce) {
      auto transfer = std::make_unique<Transfer>();
      std::tie(transfer->request, transfer->done) = std::move(waiting_.front());
      waiting_.pop_front();
      transfer->easy.reset(curl_easy_init());
      CURL* easy = transfer->easy.get();
      if (easy == nullptr || !set_up(*transfer) || curl_multi_add_handle(multi_, easy) != CURLM_OK) {
        const FetchFailure failure{
            Error("libcurl: the transfer cannot be set up").in(shown_source(transfer->request.url)), {}, 0};
        transfer->done(nullptr, &failure);
        continue;
      }
      transfers_.emplace(easy, std::move(transfer));
    }
  }

  // False: something is not as this library takes it.
  static bool set_up(Transfer& transfer) {
    CURL* easy = transfer.easy.get();
    const FetchRequest& request = transfer.request;
    bool good = true;
    const auto set = [&](CURLoption option, auto value) {
      good = good && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, request.url.starts_with("http:") ? "http" : "https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    set(CURLOPT_FOLLOWLOCATION, request.api_key.empty() ? 1L : 0L);
    if (!request.api_key.empty() && request.url.starts_with("http:")) set(CURLOPT_PROXY, "");
    set(CURLOPT_MAXREDIRS, kMaxRedirects);
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!request.ca.empty()) {
      set(CURLOPT_CAINFO, request.ca.c_str());
      set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    // Less code that reads what strangers send, and no connection that is kept for later.
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(std::min(kConnectTime, request.timeout).count()));
    set(CURLOPT_TIMEOUT, static_cast<long>(request.timeout.count()));
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.max_bytes));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a look-up that takes long is left to its thread, not waited for
    set(CURLOPT_USERAGENT, request.user_agent.c_str());
    set(CURLOPT_ERRORBUFFER, transfer.words.data());
    set(CURLOPT_WRITEFUNCTION, &Engine::on_text);
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_HEADERFUNCTION, &Engine::on_header);
    set(CURLOPT_HEADERDATA, &transfer);
    const auto add = [&](std::string_view name, const std::string& value) {
      if (value.empty() || !is_version_text(value)) return;
      const std::string line = fmt::format("{}: {}", name, value);
      curl_slist* longer = curl_slist_append(transfer.headers.get(), line.c_str());
      if (longer == nullptr) {
        good = false;
        return;
      }
      (void)transfer.headers.release();
      transfer.headers.reset(longer);
    };
    add("If-None-Match", request.version.etag);
    add("If-Modified-Since", request.version.last_modified);
    transfer.conditional = transfer.headers != nullptr;
    add("X-Api-Key", request.api_key);
    if (transfer.headers) set(CURLOPT_HTTPHEADER, transfer.headers.get());
    return good;
  }

  static std::size_t on_text(char* bytes, std::size_t, std::size_t size, void* data) noexcept {
    auto& transfer = *static_cast<Transfer*>(data);
    if (size > transfer.request.max_bytes - transfer.answer.text.size()) {
      transfer.too_long = true;
      return 0;
    }
    try {
      transfer.answer.text.append(bytes, size);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    return size;
  }

  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* data) noexcept {
    auto& transfer = *static_cast<Transfer*>(data);
    transfer.header_bytes += size;
    if (transfer.header_bytes > kMaxHeaders) return 0;
    const std::string_view line(bytes, size);
    try {
      // A redirect's are not those of what it leads to.
      if (line.starts_with("HTTP/")) transfer.answer.version = {};
      if (const auto etag = value_of(line, "etag"); is_version_text(etag) && !etag.empty())
        transfer.answer.version.etag = etag;
      if (const auto time = value_of(line, "last-modified"); is_version_text(time) && !time.empty())
        transfer.answer.version.last_modified = time;
    } catch (const std::bad_alloc&) {
      return 0;
    }
    return size;
  }

  // libcurl says what it waits for at a socket of its own; CURL_POLL_REMOVE: it is about to close it.
  static int on_socket(CURL*, curl_socket_t fd, int what, void* data, void*) noexcept {
    static_cast<Engine*>(data)->sockets_->watch(fd, what == CURL_POLL_IN || what == CURL_POLL_INOUT,
                                                what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
    return 0;
  }

  static int on_timer(CURLM*, long ms, void* data) noexcept {
    auto& self = *static_cast<Engine*>(data);
    if (ms < 0) {
      self.timer_.cancel();
      return 0;
    }
    self.timer_.expires_after(std::chrono::milliseconds(ms));
    self.timer_.async_wait([weak = self.weak_from_this()](const boost::system::error_code& error) {
      if (const auto engine = weak.lock(); engine && !error) engine->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
    }
    begin();
  }

  void finish(CURL* easy, CURLcode result) {
    const auto found = transfers_.find(easy);
    const std::unique_ptr<Transfer> transfer = std::move(found->second);
    transfers_.erase(found);
    curl_multi_remove_handle(multi_, easy);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_off_t retry_after = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
    std::string why;
    if (result != CURLE_OK) {
      why = reason(*transfer, result);
    } else if (status == kNotModified && transfer->conditional) {
      transfer->answer.unchanged = true;
    } else if (status != kOk) {
      why = fmt::format("the server answers with status {}", status);
    }
    if (why.empty()) {
      transfer->done(&transfer->answer, nullptr);
      return;
    }
    const FetchFailure failure{Error(why).in(shown_source(transfer->request.url)),
                               Seconds(std::clamp<curl_off_t>(retry_after, 0, 86'400)), status};
    transfer->done(nullptr, &failure);
  }

  static std::string reason(const Transfer& transfer, CURLcode result) {
    if (transfer.too_long || result == CURLE_FILESIZE_EXCEEDED)
      return fmt::format("larger than {} bytes (max_size_mib)", transfer.request.max_bytes);
    if (transfer.header_bytes > kMaxHeaders) return fmt::format("more than {} bytes of headers", kMaxHeaders);
    return transfer.words.front() != '\0' ? transfer.words.data() : curl_easy_strerror(result);
  }

  asio::any_io_executor executor_;
  CURLM* multi_ = nullptr;
  std::deque<std::pair<FetchRequest, Done>> waiting_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::optional<ForeignSockets> sockets_;
  asio::steady_timer timer_;
};

Result<std::unique_ptr<Fetcher>> Fetcher::create(const asio::any_io_executor& executor) {
  auto engine = std::make_shared<Engine>(executor);
  if (auto opened = engine->open(); !opened) return opened.error();
  return std::unique_ptr<Fetcher>(new Fetcher(std::move(engine)));
}

Fetcher::Fetcher(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
Fetcher::~Fetcher() {
  stop();
}

void Fetcher::get(FetchRequest request, Done done) {
  engine_->get(std::move(request), std::move(done));
}

void Fetcher::stop() {
  engine_->stop();
}

}  // namespace sluice::lists
