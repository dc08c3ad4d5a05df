// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/haproxy_config.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kMaxWordsOfLine = 64;  // HAProxy's own bound
constexpr std::size_t kMaxSections = 10'000;
constexpr std::size_t kMaxTargets = 16;  // of one section

// Words that begin a section, wherever they stand in their line.
constexpr std::array<std::string_view, 20> kSections = {
    "global",      "defaults",  "frontend", "backend",     "listen",         "peers",       "resolvers",
    "mailers",     "userlist",  "program",  "cache",       "ring",           "http-errors", "fcgi-app",
    "log-forward", "crt-store", "traces",   "log-profile", "namespace_list", "acme"};

enum class Wording : std::uint8_t { bare, tcp, http, clf, own };

struct Target {
  std::string text;          // the first word behind `log`
  bool has_requests = true;  // its levels hold them

  bool operator==(const Target&) const = default;
};

// What a frontend says, or what stands for it in `defaults`.
struct Section {
  std::string name;
  bool is_http = false;
  bool is_frontend = false;
  Wording wording = Wording::bare;
  std::string pattern;
  std::vector<Target> targets;
  bool takes_global = false;
  std::vector<std::string> headers, response_headers;
  std::vector<std::uint16_t> ports;
  std::size_t line = 0;
};

class HaproxyReader {
 public:
  HaproxyReader(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  Result<ServerConfig> read() {
    while (!rest_.empty()) {
      ++line_;
      auto words = words_of(take_until(rest_, '\n'));
      if (!words) return words.error();
      if (words->empty()) continue;
      if (auto taken = take(*words); !taken) return taken.error();
    }
    close();
    for (const Section& section : frontends_)
      conclude(section);
    return std::move(config_);
  }

 private:
  using Words = std::vector<std::string>;

  [[nodiscard]] Error fault(std::string_view what) const {
    return Error(fmt::format("{}:{}: {}", name_, line_, what));
  }

  // As HAProxy cuts a line: blanks, both quotes, backslashes, # to the end.
  Result<Words> words_of(std::string_view line) {
    Words words;
    std::string word;
    bool is_in_word = false;
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
        word += line[++i];
        is_in_word = true;
      } else if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
        quote = quote == '\0' ? c : '\0';
        is_in_word = true;
      } else if (quote == '\0' && c == '#') {
        break;
      } else if (quote == '\0' && kBlanks.find(c) != std::string_view::npos) {
        if (is_in_word) words.push_back(std::exchange(word, {}));
        is_in_word = false;
      } else {
        word += c;
        is_in_word = true;
      }
      if (words.size() == kMaxWordsOfLine) return words;  // what follows is no name of anything
    }
    if (quote != '\0') return fault("a quote does not end");
    if (is_in_word) words.push_back(std::move(word));
    return words;
  }

  Result<void> take(const Words& words) {
    const std::string& first = words.front();
    if (first.starts_with('.')) {
      add_sentence(fmt::format("{}:{}: {}: conditions are not decided here; what stands in any branch counts",
                               name_, line_, first),
                   config_.remarks);
      return {};
    }
    if (std::ranges::find(kSections, first) != kSections.end()) return begin(words);
    if (line_of_section_ == 0) return fault("a setting stands before any section");
    if (kind_ == "global") {
      if (first == "log") add_target(words, global_);
    } else if (kind_ == "defaults" || kind_ == "frontend" || kind_ == "listen") {
      setting(words);
    }
    return {};
  }

  void close() {
    if (line_of_section_ == 0) return;
    if (kind_ == "defaults") {
      defaults_ = section_;
      if (!section_.name.empty()) named_[section_.name] = section_;
    } else if (section_.is_frontend) {
      frontends_.push_back(std::move(section_));
    }
  }

  Result<void> begin(const Words& words) {
    close();
    if (++sections_ > kMaxSections) return fault("there are too many sections");
    kind_ = words.front();
    line_of_section_ = line_;
    const auto from = std::ranges::find(words, "from");
    section_ = kind_ == "defaults" ? Section{} : defaults_;
    if (from != words.end() && std::next(from) != words.end()) {
      if (const auto named = named_.find(*std::next(from)); named != named_.end()) section_ = named->second;
    }
    section_.name = words.size() > 1 ? words[1] : "";
    section_.is_frontend = kind_ == "frontend" || kind_ == "listen";
    section_.line = line_;
    return {};
  }

  // Requests are told at level info: a target with fewer levels has none of them.
  static void add_target(const Words& words, std::vector<Target>& targets) {
    if (words.size() < 2 || targets.size() == kMaxTargets) return;
    std::size_t i = 2;
    while (i + 1 < words.size() &&
           (words[i] == "len" || words[i] == "format" || words[i] == "sample" || words[i] == "profile"))
      i += 2;
    const std::string level = i + 1 < words.size() ? words[i + 1] : "debug";  // the facility stands before it
    Target target{words[1], level == "info" || level == "debug"};
    if (std::ranges::find(targets, target) == targets.end()) targets.push_back(std::move(target));
  }

  // "req.hdr(User-Agent)" -> "user-agent".
  static std::string header_of(std::string_view expression) {
    const auto open = expression.find('(');
    std::string name = "other";
    if (open != std::string_view::npos && (expression.starts_with("req.") || expression.starts_with("hdr"))) {
      std::string_view inside = expression.substr(open + 1);
      name = std::string(inside.substr(0, inside.find_first_of(",)")));
    }
    std::ranges::transform(name, name.begin(), lower);
    return name;
  }

  void capture(const Words& words) {
    const auto add = [&](std::string name, std::vector<std::string>& to) {
      if (to.size() < kMaxWordsOfLine) to.push_back(std::move(name));
    };
    std::string name = words.size() > 3 ? words[3] : "";
    std::ranges::transform(name, name.begin(), lower);
    if (name.empty() || words[2] != "header") return;
    if (words[1] == "request")
      add(std::move(name), section_.headers);
    else if (words[1] == "response")
      add(std::move(name), section_.response_headers);
  }

  void setting(const Words& words) {
    const std::string& first = words[0];
    const std::string_view second = words.size() > 1 ? std::string_view(words[1]) : std::string_view();
    if (first == "mode") {
      section_.is_http = second == "http";
    } else if (first == "bind") {
      add_listen(second, 0, section_.ports);
      if (std::ranges::find(words, "accept-proxy") != words.end()) {
        add_sentence(fmt::format("{}:{}: bind {} accept-proxy: connections come from a proxy; name it in "
                                 "proxies.trusted",
                                 name_, line_, second),
                     config_.remarks);
      }
    } else if (first == "log") {
      if (second == "global")
        section_.takes_global = true;
      else
        add_target(words, section_.targets);
    } else if (first == "no" && second == "log") {
      section_.targets.clear();
      section_.takes_global = false;
    } else if (first == "log-format" && words.size() > 1) {
      section_.wording = Wording::own;
      section_.pattern = second;
    } else if (first == "option") {
      if (second == "httplog")
        section_.wording = words.size() > 2 && words[2] == "clf" ? Wording::clf : Wording::http;
      if (second == "httpslog") section_.wording = Wording::http;
      if (second == "tcplog") section_.wording = Wording::tcp;
      if (second == "dontlog-normal")
        unseen("option dontlog-normal: what was answered without a fault is in no log; take it out");
    } else if (first == "capture") {
      capture(words);
    } else if (first == "http-request" && second == "capture" && words.size() > 2) {
      if (std::ranges::find(words, "len") != words.end() && section_.headers.size() < kMaxWordsOfLine)
        section_.headers.push_back(header_of(words[2]));
    } else if (first == "http-request" && second == "set-log-level" && words.size() > 2 &&
               words[2] == "silent") {
      unseen("http-request set-log-level silent: what it holds for is in no log; check that it shows nobody");
    }
  }

  void unseen(std::string_view what) {
    add_sentence(fmt::format("{}:{}: {} {}: {}", name_, line_, kind_, section_.name, what), config_.unseen);
  }

  // What can be said once `global` and `defaults` are known.
  void conclude(const Section& section) {
    const auto say = [&](std::string_view what) {
      add_sentence(fmt::format("{}:{}: frontend {}: {}", name_, section.line, section.name, what),
                   config_.unseen);
    };
    if (section.ports.empty()) return;  // for this host alone
    if (!section.is_http)
      return say(
          "mode tcp: the requests that it passes on are in no log of HAProxy; read the "
          "log of the server behind it");
    for (const std::uint16_t port : section.ports)
      add_listen(fmt::to_string(port), port, config_.ports);
    if (section.wording == Wording::bare || section.wording == Wording::tcp ||
        section.wording == Wording::clf)
      return say(
          "its log does not say what was asked for in a form that is read; write `option httplog` into it");
    std::vector<Target> targets = section.targets;
    if (section.takes_global) targets.insert(targets.end(), global_.begin(), global_.end());
    std::erase_if(targets, [](const Target& target) { return !target.has_requests; });
    if (targets.empty())
      return say("logs no request anywhere; write `log /dev/log local0` and `option httplog` into it");
    for (const Target& target : targets)
      add(section, target.text, say);
  }

  // "udp:192.0.2.1:514" of "192.0.2.1", "udp4@192.0.2.1:514" and the like.
  static std::string receiver_in(std::string_view target) {
    if (target.starts_with('/')) return fmt::format("unix:{}", target);
    const std::string_view network = target.substr(0, std::min(target.find('@'), target.size()));
    if (network.size() < target.size()) target.remove_prefix(network.size() + 1);
    if (network == "unix") return fmt::format("unix:{}", target);
    return syslog_receiver(target);
  }

  template <class Say>
  void add(const Section& section, const std::string& target, const Say& say) {
    ServerLog log{LogTarget::file, {}, "haproxy", section.pattern, section.headers, section.response_headers};
    if (target == "stdout" || target == "stderr" || target.starts_with("fd@")) {
      log.target = LogTarget::output;
    } else if (target == "/dev/log" || target == "unix@/dev/log") {
      log.target = LogTarget::syslog;
    } else if (target.starts_with("ring@")) {
      return say(fmt::format(
          "its log goes to {} in memory, where nobody can follow it; log to a socket or to stdout "
          "too",
          target));
    } else {
      log.target = LogTarget::sent;
      log.place = receiver_in(target);
    }
    const auto other = std::ranges::find_if(config_.logs, [&](const ServerLog& known) {
      return known.target == log.target && known.place == log.place && known != log;
    });
    if (other != config_.logs.end())
      return say(
          "logs to the same place as another frontend with other captures or another log-format; make them "
          "the same, or its lines cannot be read");
    add_log_once(std::move(log), config_);
  }

  std::string_view rest_;
  std::string name_;
  std::size_t line_ = 0;
  std::size_t sections_ = 0;
  std::size_t line_of_section_ = 0;  // 0: none has begun
  std::string kind_;
  Section section_;
  Section defaults_;
  std::map<std::string, Section> named_;
  std::vector<Section> frontends_;
  std::vector<Target> global_;
  ServerConfig config_;
};

}  // namespace

Result<ServerConfig> read_haproxy_config(std::string_view text, std::string_view name) {
  if (text.size() > kMaxServerConfig) return Error(fmt::format("{}: longer than 4 MiB", name));
  return HaproxyReader(text, name).read();
}

}  // namespace sluice::ctl
