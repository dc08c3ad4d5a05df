// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/nginx_config.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace sluice::ctl {
namespace {

constexpr std::size_t kMaxWords = 10'000;  // of one directive: maps and lists of types are long
constexpr std::size_t kMaxBlocks = 64;
constexpr std::size_t kMaxFormats = 64;
constexpr std::string_view kFileMark = "# configuration file ";
constexpr std::string_view kSyslog = "syslog";  // of this host, in place of a path

// What ends a directive.
enum class End : std::uint8_t { semicolon, block_begins, block_ends, text };

struct Directive {
  std::vector<std::string> words;
  std::string_view text;  // from its first word to its semicolon
  std::string file;
  std::size_t line = 0;
  End end = End::text;
};

// Splits the text into directives, and the beginnings and ends of blocks.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<Directive> next() {
    Directive directive;
    std::size_t begin = 0;
    for (;;) {
      skip_space();
      if (at_ == text_.size()) {
        if (depth_ > 0 || !directive.words.empty()) return fault("a block or directive does not end");
        return directive;
      }
      const char c = text_[at_];
      if (c == ';') {
        ++at_;
        if (directive.words.empty()) continue;
        directive.text = text_.substr(begin, at_ - begin);
        directive.end = End::semicolon;
        return directive;
      }
      if (c == '{' || c == '}') {
        if (c == '{' ? depth_ == kMaxBlocks : depth_ == 0) return fault("blocks do not match");
        ++at_;
        if (c == '{' && !directive.words.empty() && directive.words.front().ends_with("_by_lua_block")) {
          if (!skip_code()) return fault("a block or directive does not end");
          directive.words.clear();
          continue;
        }
        depth_ += c == '{' ? 1 : -1;
        directive.end = c == '{' ? End::block_begins : End::block_ends;
        return directive;
      }
      if (directive.words.empty()) {
        begin = at_;
        directive.file = file_;
        directive.line = line_;
      }
      if (directive.words.size() == kMaxWords) return fault("a directive is too long");
      auto word = take_word();
      if (!word) return word.error();
      directive.words.push_back(*std::move(word));
    }
  }

 private:
  void step() {
    if (text_[at_] == '\n') ++line_;
    ++at_;
  }

  // A program of another language, up to the brace that ends it.
  bool skip_code() {
    for (std::size_t depth = 1; at_ < text_.size(); step()) {
      if (text_[at_] == '{') ++depth;
      if (text_[at_] == '}' && --depth == 0) {
        ++at_;
        return true;
      }
    }
    return false;
  }

  void skip_space() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        const std::string_view line = text_.substr(at_, text_.find('\n', at_) - at_);
        // nginx -T puts one before each file, and a colon behind its name.
        if (line.starts_with(kFileMark) && line.ends_with(':')) {
          file_ = line.substr(kFileMark.size(), line.size() - kFileMark.size() - 1);
          line_ = 0;
        }
        at_ += line.size();
      } else if (std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
        step();
      } else {
        return;
      }
    }
  }

  Result<std::string> take_word() {
    std::string word;
    const char quote = text_[at_] == '"' || text_[at_] == '\'' ? text_[at_] : '\0';
    if (quote != '\0') ++at_;
    for (; at_ < text_.size(); step()) {
      const char c = text_[at_];
      if (quote != '\0' ? c == quote : std::string_view(" \t\r\n;{").find(c) != std::string_view::npos) {
        // "${name}" is a variable and opens no block.
        if (quote == '\0' && c == '{' && word.ends_with('$')) {
          word += c;
          continue;
        }
        if (quote != '\0') ++at_;
        return {boost::system::in_place_value, std::move(word)};
      }
      if (c == '\\' && at_ + 1 < text_.size()) {
        word += c;
        step();
      }
      word += text_[at_];
    }
    if (quote != '\0') return fault("a quote does not end");
    return {boost::system::in_place_value, std::move(word)};
  }

  [[nodiscard]] Error fault(std::string_view what) const {
    return Error(fmt::format("{}:{}: {}", file_.empty() ? "nginx -T" : file_, line_, what));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string file_;
  std::size_t line_ = 1;
  std::size_t depth_ = 0;
};

// "server a.example, location /members".
struct Block {
  std::string name;
  std::string argument;  // of a location; of a server its first name
  bool listens = false;
  bool logs = false;
};

// What shows nobody by its name: who asks for it is of no interest.
bool is_of_things(std::string_view location) {
  constexpr std::array<std::string_view, 13> kThings = {
      "favicon", "robots.txt", "css",   "js|",    "|js",    ".js",        "png",
      "static",  "assets",     "fonts", "health", "status", ".well-known"};
  return std::ranges::any_of(
      kThings, [&](std::string_view thing) { return location.find(thing) != std::string_view::npos; });
}

// "syslog:server=192.0.2.1,tag=x" -> "udp:192.0.2.1:514"; "unix:/run/x.sock" where that is named.
std::string receiver_in(std::string_view syslog) {
  constexpr std::string_view kServer = "server=";
  const auto begin = syslog.find(kServer);
  if (begin == std::string_view::npos) return {};
  std::string_view server = syslog.substr(begin + kServer.size());
  server = server.substr(0, server.find(','));
  if (server == "unix:/dev/log") return std::string(kSyslog);
  if (server.starts_with("unix:")) return std::string(server);
  return syslog_receiver(server);
}

class Interpreter {
 public:
  void take(const Directive& directive) {
    if (directive.end == End::block_begins) return begin(directive);
    if (directive.end == End::block_ends) return end();
    const auto& words = directive.words;
    if (words.size() < 2 || is_of_connections()) return;
    if (words[0] == "access_log") {
      add_log(directive);
    } else if (words[0] == "log_format" && formats_.size() < kMaxFormats) {
      formats_.emplace_back(words[1], directive.text);
    } else if (words[0] == "set_real_ip_from" && config_.trusted.size() < kMaxServerProxies) {
      if (std::ranges::find(config_.trusted, words[1]) == config_.trusted.end())
        config_.trusted.push_back(words[1]);
    } else if (words[0] == "listen") {
      listen(directive);
    } else if (words[0] == "server_name" && !blocks_.empty() && blocks_.back().name == "server") {
      blocks_.back().argument = words[1];
    }
  }

  ServerConfig finish() {
    // What nginx does by itself.
    if (!says_log_) logs_.emplace_back("/var/log/nginx/access.log", "combined");
    for (const auto& [path, format] : logs_) {
      ServerLog log{path.starts_with('/') ? LogTarget::file : LogTarget::sent, path, "combined", {}, {}, {}};
      if (path == kSyslog) log.target = LogTarget::syslog;
      if (format != "combined") {
        const auto at = std::ranges::find(formats_, format, &Format::first);
        if (at == formats_.end()) {
          add_sentence(fmt::format("{}: there is no log_format {}", path, format), config_.unseen);
          continue;
        }
        log.format = "nginx";
        log.pattern = at->second;
      }
      add_log_once(std::move(log), config_);
    }
    return std::move(config_);
  }

 private:
  using Format = std::pair<std::string, std::string>;  // its name, and the whole directive

  // `stream` and `mail` pass connections on, and show no pages.
  [[nodiscard]] bool is_of_connections() const {
    return !blocks_.empty() && (blocks_.front().name == "stream" || blocks_.front().name == "mail");
  }

  void begin(const Directive& directive) {
    const auto& words = directive.words;
    Block block{words.empty() ? "" : words.front(), {}, false, false};
    if (block.name == "location" && words.size() > 1) block.argument = words.back();
    blocks_.push_back(std::move(block));
  }

  void end() {
    if (blocks_.empty()) return;
    const Block block = std::move(blocks_.back());
    blocks_.pop_back();
    if (block.name != "server" || blocks_.empty() || blocks_.back().name != "http") return;
    if (!block.listens) add_listen("80", kPortOfHttp, config_.ports);
    if (is_off_for_all_ && !block.logs) {
      add_sentence(
          fmt::format("nginx: server {}: access_log off stands for all servers, and this one has no log "
                      "of its own: whoever reads there is not seen; log it if it shows people",
                      block.argument.empty() ? "without a name" : block.argument),
          config_.unseen);
    }
  }

  void listen(const Directive& directive) {
    if (blocks_.empty() || blocks_.back().name != "server") return;
    blocks_.back().listens = true;
    add_listen(directive.words[1], kPortOfHttp, config_.ports);
    if (std::ranges::find(directive.words, "proxy_protocol") != directive.words.end()) {
      add_sentence(fmt::format("{}:{}: listen {} proxy_protocol: connections come from a proxy; name it in "
                               "proxies.trusted",
                               directive.file, directive.line, directive.words[1]),
                   config_.remarks);
    }
  }

  [[nodiscard]] std::string where() const {
    std::string text;
    for (const Block& block : blocks_) {
      if (block.name != "server" && block.name != "location") continue;
      text += fmt::format("{}{}{}{}", text.empty() ? "" : ", ", block.name, block.argument.empty() ? "" : " ",
                          block.argument);
    }
    return text;
  }

  void switch_off(const Directive& directive) {
    if (blocks_.empty() || blocks_.back().name == "http") {
      is_off_for_all_ = true;
      return;
    }
    for (const Block& block : blocks_) {
      if (block.name == "location" && is_of_things(block.argument)) return;
    }
    add_sentence(
        fmt::format("{}:{}: access_log off in {}: whoever reads there is not seen; log it if it shows "
                    "people",
                    directive.file, directive.line, where()),
        config_.unseen);
  }

  void add_log(const Directive& directive) {
    const auto say = [&](std::vector<std::string>& sentences, std::string_view what) {
      add_sentence(
          fmt::format("{}:{}: access_log {} {}", directive.file, directive.line, directive.words[1], what),
          sentences);
    };
    says_log_ = true;
    for (Block& block : blocks_)
      block.logs = true;
    std::string path = directive.words[1];
    if (path == "off") return switch_off(directive);
    if (path.starts_with("syslog:")) {
      path = receiver_in(path);
      if (path.empty()) return say(config_.unseen, "names no server that can be understood");
    } else if (path.find('$') != std::string::npos) {
      return say(config_.unseen, "has a name that varies; name the files with a * in sluice.toml");
    } else if (!path.starts_with('/')) {
      return say(config_.unseen, "has no absolute path; write it with the whole path, and run setup again");
    }
    std::string format = "combined";
    for (std::size_t i = 2; i < directive.words.size(); ++i) {
      const std::string& word = directive.words[i];
      if (i == 2 && word.find('=') == std::string::npos) format = word;
      if (word.starts_with("gzip"))
        return say(config_.unseen, "is compressed as it is written and cannot be followed");
      if (word.starts_with("buffer=")) say(config_.remarks, "is buffered: what happens is seen late");
      if (word.starts_with("if="))
        say(config_.remarks, "leaves requests out: what it does not say is not seen");
    }
    if (logs_.size() < kMaxServerLogs) {
      if (const Format log{path, format}; std::ranges::find(logs_, log) == logs_.end()) logs_.push_back(log);
    } else {
      say(config_.unseen, "is left out: there are too many logs");
    }
  }

  ServerConfig config_;
  std::vector<Block> blocks_;
  std::vector<Format> formats_;
  std::vector<Format> logs_;  // path, and the name of the format
  bool says_log_ = false;
  bool is_off_for_all_ = false;
};

}  // namespace

Result<ServerConfig> read_nginx_config(std::string_view text) {
  if (text.size() > kMaxServerConfig) return Error("the configuration of nginx is longer than 4 MiB");
  Interpreter interpreter;
  Reader reader(text);
  for (;;) {
    auto directive = reader.next();
    if (!directive) return directive.error();
    if (directive->end == End::text) return interpreter.finish();
    interpreter.take(*directive);
  }
}

}  // namespace sluice::ctl
