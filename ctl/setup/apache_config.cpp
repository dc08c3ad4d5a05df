// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/apache_config.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kMaxFiles = 1000;
constexpr std::size_t kMaxSectionDepth = 64;
constexpr std::size_t kMaxNames = 1000;  // of formats, defines and modules
constexpr std::string_view kCommon = R"(%h %l %u %t "%r" %>s %b)";

// What sluice.toml has a name for, as Debian's apache2.conf and the manual of Apache write it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kKnown = {
    {{kCommon, "common"},
     {R"(%h %l %u %t "%r" %>s %O)", "common"},
     {R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i")", "combined"},
     {R"(%h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i")", "combined"},
     {R"(%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i")", "vhost_combined"}}};

bool is_same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

class ApacheReader {
 public:
  explicit ApacheReader(std::map<std::string, std::string> variables) : variables_(std::move(variables)) {
    for (const char* module : {"core", "so", "http", "log_config", "version", "unixd"})
      modules_.insert(module);
  }

  Result<void> read(const ApacheFile& file) {
    file_ = file.path;
    line_ = 0;
    const std::size_t outside = sections_.size();
    std::string_view rest = file.text;
    while (!rest.empty()) {
      const std::string text = whole_line(rest);
      const std::vector<std::string> words = words_of(trimmed(text));
      if (words.empty()) continue;
      if (words[0].starts_with("</")) {
        if (sections_.size() == outside) return fault("sections do not match");
        end();
      } else if (words[0].starts_with('<')) {
        if (sections_.size() == kMaxSectionDepth) return fault("sections are too deep");
        begin(words);
      } else if (!is_skipped()) {
        take(words);
      }
    }
    if (sections_.size() != outside) return fault("a section does not end");
    return {};
  }

  ApacheConfig finish() {
    for (const auto& [log, where] : named_)
      add(log, where);
    if (!main_logs_) {
      for (const std::string& host : silent_hosts_)
        add_sentence(host + " has no CustomLog: whoever reads there is not seen; write one into it",
                     config_.server.unseen);
      if (config_.server.logs.empty() && config_.server.unseen.empty())
        add_sentence("Apache has no CustomLog: nothing that it serves is seen; write one",
                     config_.server.unseen);
    }
    return std::move(config_);
  }

 private:
  struct Section {
    std::string name;
    std::string argument;
    bool is_in_force = true;
    bool logs = false;
    std::string where;
  };
  struct Log {
    std::string path;
    std::string format;
  };

  [[nodiscard]] Error fault(std::string_view what) const {
    return Error(fmt::format("{}:{}: {}", file_, line_, what));
  }
  [[nodiscard]] std::string here() const { return fmt::format("{}:{}", file_, line_); }

  // A backslash at its end joins the next one to it.
  std::string whole_line(std::string_view& rest) {
    std::string text;
    for (;;) {
      ++line_;
      std::string_view line = take_until(rest, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.ends_with('\\') || rest.empty()) return text + std::string(line);
      line.remove_suffix(1);
      text += line;
    }
  }

  [[nodiscard]] std::string replaced(std::string_view text) const {
    std::string made;
    while (!text.empty()) {
      const auto begin = text.find("${");
      const auto end = begin == std::string_view::npos ? begin : text.find('}', begin);
      if (end == std::string_view::npos) break;
      made += text.substr(0, begin);
      const auto at = variables_.find(std::string(text.substr(begin + 2, end - begin - 2)));
      made += at == variables_.end() ? std::string(text.substr(begin, end + 1 - begin)) : at->second;
      text.remove_prefix(end + 1);
    }
    return made + std::string(text);
  }

  // As Apache cuts a line: blanks, and quotes at the beginning of a word, in which \ escapes.
  [[nodiscard]] std::vector<std::string> words_of(std::string_view line) const {
    std::vector<std::string> words;
    if (line.starts_with('#')) return words;
    while (!(line = trimmed(line)).empty() && words.size() < kMaxNames) {
      std::string word;
      const char quote = line[0] == '"' || line[0] == '\'' ? line[0] : '\0';
      std::size_t i = quote == '\0' ? 0 : 1;
      for (; i < line.size(); ++i) {
        if (quote == '\0' ? kBlanks.find(line[i]) != std::string_view::npos : line[i] == quote) break;
        if (quote != '\0' && line[i] == '\\' && i + 1 < line.size() &&
            (line[i + 1] == quote || line[i + 1] == '\\'))
          ++i;
        word += line[i];
      }
      words.push_back(replaced(word));
      line.remove_prefix(std::min(i + (quote == '\0' ? 0 : 1), line.size()));
    }
    return words;
  }

  [[nodiscard]] bool is_skipped() const {
    return std::ranges::any_of(sections_, [](const Section& section) { return !section.is_in_force; });
  }

  // "mod_ssl.c", "ssl_module" -> "ssl".
  static std::string module_of(std::string_view name) {
    if (name.starts_with("mod_")) name.remove_prefix(4);
    if (name.ends_with(".c")) name.remove_suffix(2);
    if (name.ends_with("_module")) name.remove_suffix(7);
    return std::string(name);
  }

  void begin(const std::vector<std::string>& words) {
    Section section;
    section.name = words[0].substr(1);
    section.argument = words.size() > 1 ? words[1] : "";
    while (section.argument.ends_with('>'))
      section.argument.pop_back();
    while (section.name.ends_with('>'))
      section.name.pop_back();
    const bool is_not = section.argument.starts_with('!');
    const std::string name = section.argument.substr(is_not ? 1 : 0);
    if (is_same_word(section.name, "IfModule"))
      section.is_in_force = modules_.contains(module_of(name)) != is_not;
    if (is_same_word(section.name, "IfDefine")) section.is_in_force = variables_.contains(name) != is_not;
    section.where = fmt::format("{}: VirtualHost {}", here(), section.argument);
    sections_.push_back(std::move(section));
  }

  void end() {
    const Section section = std::move(sections_.back());
    sections_.pop_back();
    if (is_same_word(section.name, "VirtualHost") && section.is_in_force && !section.logs && !is_skipped() &&
        silent_hosts_.size() < kMaxServerRemarks)
      silent_hosts_.push_back(section.where);
  }

  Section* host() {
    const auto at = std::ranges::find_if(
        sections_, [](const Section& section) { return is_same_word(section.name, "VirtualHost"); });
    return at == sections_.end() ? nullptr : &*at;
  }

  void take(const std::vector<std::string>& words) {
    const std::string_view name = words[0];
    if (words.size() < 2) return;
    const std::string& value = words[1];
    const auto is = [&](std::string_view other) { return is_same_word(name, other); };
    if (is("Define") && variables_.size() < kMaxNames) {
      variables_[value] = words.size() > 2 ? words[2] : "";
    } else if (is("LoadModule") && modules_.size() < kMaxNames) {
      modules_.insert(module_of(value));
    } else if (is("ServerRoot")) {
      root_ = value;
    } else if (is("Listen")) {
      add_listen(value, kPortOfHttp, config_.server.ports);
    } else if (is("LogFormat") && formats_.size() < kMaxNames) {
      if (words.size() > 2)
        formats_[words[2]] = value;
      else
        default_format_ = value;
    } else if (is("CustomLog") || is("GlobalLog") || is("TransferLog")) {
      custom_log(words, is("TransferLog")  ? default_format_
                        : words.size() > 2 ? words[2]
                                           : std::string(kCommon));
    } else if (is("RemoteIPTrustedProxy") || is("RemoteIPInternalProxy")) {
      for (std::size_t i = 1; i < words.size() && config_.server.trusted.size() < kMaxServerProxies; ++i)
        config_.server.trusted.push_back(words[i]);
    } else if ((is("RemoteIPTrustedProxyList") || is("RemoteIPInternalProxyList")) &&
               config_.proxy_lists.size() < kMaxServerLogs) {
      config_.proxy_lists.push_back(absolute(value));
    }
  }

  [[nodiscard]] std::string absolute(const std::string& path) const {
    return path.starts_with('/') ? path : root_ + "/" + path;
  }

  void custom_log(const std::vector<std::string>& words, std::string format) {
    const std::string& path = words[1];
    const auto say = [&](std::vector<std::string>& sentences, std::string_view what) {
      add_sentence(fmt::format("{}: {} {} {}", here(), words[0], path, what), sentences);
    };
    if (Section* in = host(); in != nullptr)
      in->logs = true;
    else
      main_logs_ = true;
    if (path.starts_with('|'))
      return say(config_.server.unseen,
                 "goes to a program; name the files that it writes with a * in sluice.toml");
    if (path.starts_with("syslog:"))
      return say(config_.server.unseen, "is no file; see `listen` in sluice.toml(5) to take it by a socket");
    if (path.find("${") != std::string::npos)
      return say(config_.server.unseen,
                 "has a variable that only Apache knows; name the file in sluice.toml");
    for (std::size_t i = 3; i < words.size(); ++i) {
      if (words[i].starts_with("env=") || words[i].starts_with("expr="))
        say(config_.server.remarks, "leaves requests out: what it does not say is not seen");
    }
    if (named_.size() == kMaxServerLogs)
      return say(config_.server.unseen, "is left out: there are too many logs");
    named_.emplace_back(Log{absolute(path), std::move(format)}, here());
  }

  // Formats may be named before they are defined.
  void add(const Log& log, const std::string& where) {
    std::string text = log.format;
    if (const auto at = formats_.find(text); at != formats_.end())
      text = at->second;
    else if (text == "common" || text == "CLF")
      text = kCommon;
    if (text.find('%') == std::string::npos) {
      add_sentence(fmt::format("{}: {}: there is no LogFormat {}", where, log.path, text),
                   config_.server.unseen);
      return;
    }
    const auto known = std::ranges::find(kKnown, text, &std::pair<std::string_view, std::string_view>::first);
    ServerLog made{LogTarget::file, log.path, "apache", text, {}, {}};
    if (known != kKnown.end()) {
      made.format = known->second;
      made.pattern.clear();
    }
    const auto other = std::ranges::find(config_.server.logs, log.path, &ServerLog::place);
    if (other != config_.server.logs.end() && *other != made) {
      add_sentence(fmt::format("{}: {} is written in two formats; give each format a file of its own", where,
                               log.path),
                   config_.server.unseen);
      return;
    }
    add_log_once(std::move(made), config_.server);
  }

  std::map<std::string, std::string> variables_;
  std::set<std::string> modules_;
  std::map<std::string, std::string> formats_;
  std::string default_format_{kCommon};
  std::string root_;
  std::vector<Section> sections_;
  std::vector<std::pair<Log, std::string>> named_;  // and where it stands
  std::vector<std::string> silent_hosts_;
  bool main_logs_ = false;
  std::string file_;
  std::size_t line_ = 0;
  ApacheConfig config_;
};

}  // namespace

Result<ApacheConfig> read_apache_config(const std::vector<ApacheFile>& files,
                                        std::map<std::string, std::string> variables) {
  std::size_t size = 0;
  for (const ApacheFile& file : files)
    size += file.text.size();
  if (size > kMaxServerConfig) return Error("the configuration of Apache is longer than 4 MiB");
  ApacheReader reader(std::move(variables));
  for (const ApacheFile& file : files) {
    if (auto read = reader.read(file); !read) return read.error();
  }
  return reader.finish();
}

std::vector<std::string> apache_files_in(std::string_view dump) {
  std::vector<std::string> paths;
  while (!dump.empty() && paths.size() < kMaxFiles) {
    const std::string_view line = trimmed(take_until(dump, '\n'));
    const auto end = line.find(") /");
    if (line.starts_with('(') && end != std::string_view::npos) paths.emplace_back(line.substr(end + 2));
  }
  return paths;
}

}  // namespace sluice::ctl
