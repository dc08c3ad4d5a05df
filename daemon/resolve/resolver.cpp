// SPDX-License-Identifier: Apache-2.0
#include "daemon/resolve/resolver.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <ares.h>
#include <arpa/nameser.h>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "daemon/base/foreign_sockets.h"
#include "daemon/resolve/answer.h"
#include "daemon/resolve/memory.h"

namespace sluice::resolve {
namespace {

namespace asio = boost::asio;
using State = detection::NameOracle::State;

// "1.2.0.192.in-addr.arpa"; the nibbles of an IPv6 address, last first (RFC 3596, 2.5).
std::string reverse_name(const Address& address) {
  const auto bytes = address.bytes();
  std::string name;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    if (address.family() == Family::ipv4) {
      name += fmt::format("{}.", *byte);
    } else {
      name += fmt::format("{:x}.{:x}.", *byte & 0x0fU, *byte >> 4U);
    }
  }
  return name + (address.family() == Family::ipv4 ? "in-addr.arpa" : "ip6.arpa");
}

std::string question_of(std::string_view name, RecordType type) {
  return fmt::format("{} {}", static_cast<int>(type), name);
}

// c-ares counts the users of its global state.
class Library {
 public:
  Library() : status_(ares_library_init(ARES_LIB_INIT_ALL)) {}
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    if (status_ == ARES_SUCCESS) ares_library_cleanup();
  }
  [[nodiscard]] int status() const { return status_; }

 private:
  int status_;
};

}  // namespace

// Lives as long as the resolver; what waits on the loop holds it weakly.
class Resolver::Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(asio::any_io_executor executor, ResolverOptions options)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        memory_(options_.max_entries),
        timer_(executor_) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() {
    if (channel_ != nullptr) ares_destroy(channel_);  // ends every question: see `on_answer`
  }

  Result<void> open() {
    if (library_.status() != ARES_SUCCESS) return failure(library_.status());
    sockets_.emplace(executor_, [weak = weak_from_this()](int fd, bool can_read) {
      if (const auto self = weak.lock()) self->act(fd, can_read);
    });
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH;
    options.timeout = static_cast<int>(options_.timeout.count());
    options.tries = options_.tries;
    options.sock_state_cb = &Engine::on_socket;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (const int status = ares_init_options(&channel_, &options, mask); status != ARES_SUCCESS) {
      channel_ = nullptr;
      return failure(status);
    }
    if (options_.servers.empty()) return {};
    const int status = ares_set_servers_ports_csv(channel_, options_.servers.c_str());
    if (status != ARES_SUCCESS) return failure(status).in(fmt::format("'{}'", options_.servers));
    return {};
  }

  void cancel() {
    ares_cancel(channel_);  // calls on_answer of each
    set_timer();
  }

  // Null while it is not known.
  const Memory::Entry* ask(std::string_view name, RecordType type) {
    const std::string question = question_of(name, type);
    const KernelTime now = options_.now();
    if (const Memory::Entry* entry = memory_.find(question, now)) return settled(entry);
    if (asking_ >= options_.max_asking) {
      ++counters_.deferred;
      return nullptr;
    }
    counters_.forgotten += memory_.add(question);
    ++counters_.asked;
    ++asking_;
    auto* query = new Query{this, question, type};  // on_answer, which c-ares calls exactly once, deletes it
    ares_query(channel_, std::string(name).c_str(), ns_c_in, number_of(type), &Engine::on_answer, query);
    set_timer();
    return settled(memory_.find(question, now));  // what cannot be asked at all has failed by now
  }

  [[nodiscard]] const ResolverCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t entries() const { return memory_.size(); }

 private:
  struct Query {
    Engine* engine;
    std::string question;
    RecordType type;
  };
  static Error failure(int status) {
    return Error(fmt::format("the DNS resolver: {}", ares_strerror(status)));
  }
  static const Memory::Entry* settled(const Memory::Entry* entry) {
    return entry != nullptr && entry->state != State::pending ? entry : nullptr;
  }

  static void on_answer(void* argument, int status, int /*timeouts*/, unsigned char* bytes,
                        int size) noexcept {
    const std::unique_ptr<Query> query(static_cast<Query*>(argument));
    if (status == ARES_EDESTRUCTION) return;
    query->engine->take(*query, status, {bytes, bytes != nullptr ? static_cast<std::size_t>(size) : 0});
  }

  void take(const Query& query, int status, std::span<const std::uint8_t> bytes) {
    --asking_;
    const KernelTime now = options_.now();
    Memory::Entry* entry = memory_.find(query.question, now);
    if (entry == nullptr) return;
    entry->state = State::known;
    Seconds keep = kWithoutRecords;
    if (status == ARES_SUCCESS) {
      if (auto answer = read_answer(bytes, query.type)) {
        entry->answer = std::move(*answer);
        if (entry->answer.time_to_live.count() > 0)
          keep = std::clamp(entry->answer.time_to_live, kShortest, kLongest);
      } else {
        entry->state = State::failed;
      }
    } else if (status != ARES_ENODATA && status != ARES_ENOTFOUND) {
      entry->state = State::failed;
    }
    if (entry->state == State::failed) keep = kFailure;
    ++(entry->state == State::failed ? counters_.failed : counters_.answered);
    entry->until = KernelTime{now.ns + static_cast<std::uint64_t>(Nanoseconds(keep).count())};
  }

  // c-ares says what it waits for at a socket of its own; neither: it is about to close it.
  static void on_socket(void* data, ares_socket_t fd, int readable, int writable) noexcept {
    static_cast<Engine*>(data)->sockets_->watch(fd, readable != 0, writable != 0);
  }

  void act(ares_socket_t fd, bool can_read) {
    ares_process_fd(channel_, can_read ? fd : ARES_SOCKET_BAD, can_read ? ARES_SOCKET_BAD : fd);
    set_timer();
  }

  void set_timer() {
    timeval next{};
    if (ares_timeout(channel_, nullptr, &next) == nullptr) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (error || !self) return;
      ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      self->set_timer();
    });
  }

  Library library_;
  asio::any_io_executor executor_;
  ResolverOptions options_;
  Memory memory_;
  ResolverCounters counters_;
  std::size_t asking_ = 0;
  ares_channel channel_ = nullptr;
  std::optional<ForeignSockets> sockets_;
  asio::steady_timer timer_;
};

Result<std::unique_ptr<Resolver>> Resolver::create(const asio::any_io_executor& executor,
                                                   ResolverOptions options) {
  auto engine = std::make_shared<Engine>(executor, std::move(options));
  if (auto opened = engine->open(); !opened) return opened.error();
  return std::unique_ptr<Resolver>(new Resolver(std::move(engine)));
}

Resolver::Resolver(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
Resolver::~Resolver() = default;

detection::NameOracle::Names Resolver::names_of(const Address& address) {
  const Memory::Entry* entry = engine_->ask(reverse_name(address), RecordType::ptr);
  if (entry == nullptr) return {};
  return {entry->state, entry->answer.names};
}

detection::NameOracle::Addresses Resolver::addresses_of(std::string_view name, Family family) {
  const Memory::Entry* entry = engine_->ask(name, family == Family::ipv4 ? RecordType::a : RecordType::aaaa);
  if (entry == nullptr) return {};
  return {entry->state, entry->answer.addresses};
}

void Resolver::cancel() {
  engine_->cancel();
}

const ResolverCounters& Resolver::counters() const {
  return engine_->counters();
}

std::size_t Resolver::entries() const {
  return engine_->entries();
}

}  // namespace sluice::resolve
