// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/nginx_config.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::ctl {
namespace {

constexpr std::size_t kMaxWords = 10'000;  // of one directive: maps and lists of types are long
constexpr std::size_t kMaxBlocks = 64;
constexpr std::size_t kMaxLogs = 64;
constexpr std::size_t kMaxProxies = 1000;
constexpr std::string_view kFileMark = "# configuration file ";

struct Directive {
  std::vector<std::string> words;
  std::string_view text;  // from its first word to its semicolon
  std::string file;
  std::size_t line = 0;
};

// Splits the text into directives; blocks matter only in that they end.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // The next directive that ends with a semicolon; empty words at the end of the text.
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
        return directive;
      }
      if (c == '{' || c == '}') {
        if (c == '{' ? depth_ == kMaxBlocks : depth_ == 0) return fault("blocks do not match");
        depth_ += c == '{' ? 1 : -1;
        ++at_;
        directive.words.clear();
        continue;
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

void add_log(const Directive& directive, NginxConfig& config) {
  const auto remark = [&](std::string_view what) {
    config.remarks.push_back(
        fmt::format("{}:{}: access_log {} {}", directive.file, directive.line, directive.words[1], what));
  };
  NginxLog log{directive.words[1], "combined"};
  if (log.path == "off") return;
  if (log.path.starts_with("syslog:")) {
    return remark("is no file; see `listen` in sluice.toml(5) to take it by a socket");
  }
  if (log.path.find('$') != std::string::npos) {
    return remark("has a name that varies; name the files with a * in sluice.toml");
  }
  for (std::size_t i = 2; i < directive.words.size(); ++i) {
    const std::string& word = directive.words[i];
    if (i == 2 && word.find('=') == std::string::npos) log.format = word;
    if (word.starts_with("gzip")) return remark("is compressed as it is written and cannot be followed");
    if (word.starts_with("buffer=")) remark("is buffered: what happens is seen late");
    if (word.starts_with("if=")) remark("leaves requests out: what it does not say is not seen");
  }
  if (config.logs.size() == kMaxLogs) return remark("is left out: there are too many logs");
  if (std::ranges::find(config.logs, log) == config.logs.end()) config.logs.push_back(std::move(log));
}

}  // namespace

Result<NginxConfig> read_nginx_config(std::string_view text) {
  if (text.size() > kMaxNginxConfig) return Error("the configuration of nginx is longer than 4 MiB");
  NginxConfig config;
  Reader reader(text);
  for (;;) {
    auto directive = reader.next();
    if (!directive) return directive.error();
    const auto& words = directive->words;
    if (words.empty()) return config;
    if (words.size() < 2) continue;
    if (words[0] == "access_log") {
      if (config.remarks.size() < kMaxLogs) add_log(*directive, config);
    } else if (words[0] == "log_format" && config.formats.size() < kMaxLogs) {
      config.formats.push_back({words[1], std::string(directive->text)});
    } else if (words[0] == "set_real_ip_from" && config.real_ip_from.size() < kMaxProxies) {
      config.real_ip_from.push_back(words[1]);
    }
  }
}

}  // namespace sluice::ctl
