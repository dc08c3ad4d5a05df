// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/caddy_config.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sluice::ctl {
namespace {

constexpr std::size_t kMaxJsonDepth = 128;  // handlers stand within handlers
constexpr std::size_t kMaxLoggers = 1000;
constexpr std::string_view kAccess = "http.log.access";

using Json = boost::json::value;

// Null where any of the names is missing, or what they lead to is no object.
const Json* at(const Json* value, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const boost::json::object* object = value == nullptr ? nullptr : value->if_object();
    value = object == nullptr ? nullptr : object->if_contains(name);
  }
  return value;
}

std::string text_at(const Json* value, std::initializer_list<std::string_view> names) {
  const Json* found = at(value, names);
  const boost::json::string* text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

std::vector<std::string> texts_at(const Json* value, std::initializer_list<std::string_view> names) {
  std::vector<std::string> texts;
  const Json* found = at(value, names);
  if (found == nullptr) return texts;
  if (const boost::json::string* text = found->if_string()) texts.emplace_back(*text);
  const boost::json::array* array = found->if_array();
  for (std::size_t i = 0; array != nullptr && i < std::min(array->size(), kMaxLoggers); ++i) {
    if (const boost::json::string* text = (*array)[i].if_string()) texts.emplace_back(*text);
  }
  return texts;
}

// The length of the longest name that stands for this logger: "http.log" does for "http.log.access"; -1:
// none.
int match(const std::vector<std::string>& names, std::string_view logger) {
  int longest = -1;
  for (const std::string& name : names) {
    const bool stands = logger == name || (logger.starts_with(name) && logger[name.size()] == '.');
    if (stands) longest = std::max(longest, static_cast<int>(name.size()));
  }
  return longest;
}

class CaddyReader {
 public:
  explicit CaddyReader(const Json& root) : root_(&root) {}

  CaddyConfig read() {
    const Json* admin = at(root_, {"admin"});
    const Json* off = at(admin, {"disabled"});
    config_.admin = text_at(admin, {"listen"});
    if (config_.admin.empty()) config_.admin = "localhost:2019";
    if (off != nullptr && off->is_bool() && off->get_bool()) config_.admin.clear();

    const Json* servers = at(root_, {"apps", "http", "servers"});
    if (servers == nullptr || !servers->is_object()) {
      add_sentence("Caddy serves no HTTP by its configuration", config_.server.remarks);
      return std::move(config_);
    }
    std::size_t seen = 0;
    for (const auto& [name, server] : servers->get_object()) {
      if (++seen <= kMaxLoggers) read_server(std::string(name), &server);
    }
    return std::move(config_);
  }

 private:
  void read_server(const std::string& name, const Json* server) {
    std::vector<std::uint16_t> ports;
    const std::vector<std::string> listens = texts_at(server, {"listen"});
    for (const std::string& listen : listens)
      add_listen(listen, 0, ports);
    if (ports.empty()) return;  // for this host alone
    for (const std::uint16_t port : ports)
      add_listen(fmt::to_string(port), port, config_.server.ports);
    for (std::string& range : texts_at(server, {"trusted_proxies", "ranges"})) {
      if (config_.server.trusted.size() < kMaxServerProxies)
        config_.server.trusted.push_back(std::move(range));
    }

    const std::string who = fmt::format("Caddy, {} ({})", name, fmt::join(listens, ", "));
    const Json* logs = at(server, {"logs"});
    if (logs == nullptr || !logs->is_object()) {
      return add_sentence(
          who + ": no access log: whoever reads there is not seen; write `log` into its site blocks",
          config_.server.unseen);
    }
    for (const std::string& host : texts_at(logs, {"skip_hosts"}))
      add_sentence(
          fmt::format("{}: {} has no access log: whoever reads there is not seen; write `log` into its "
                      "site block",
                      who, host),
          config_.server.unseen);
    std::vector<std::string> loggers;
    const Json* names = at(logs, {"logger_names"});
    if (names != nullptr && names->is_object()) {
      for (const auto& [host, ignored] : names->get_object()) {
        for (std::string& logger : texts_at(names, {host}))
          if (loggers.size() < kMaxLoggers) loggers.push_back(std::move(logger));
      }
    }
    // Hosts without a logger of their own have this one.
    if (const std::string other = text_at(logs, {"default_logger_name"}); !other.empty() || loggers.empty())
      loggers.push_back(other);
    for (const std::string& logger : loggers)
      read_logger(who, logger.empty() ? std::string(kAccess) : fmt::format("{}.{}", kAccess, logger));
  }

  void read_logger(const std::string& who, const std::string& logger) {
    const Json* logs = at(root_, {"logging", "logs"});
    bool is_taken = false;
    bool has_default = false;
    if (logs != nullptr && logs->is_object()) {
      for (const auto& [name, log] : logs->get_object()) {
        has_default = has_default || name == "default";
        const std::vector<std::string> include = texts_at(&log, {"include"});
        const int in = match(include, logger);
        if ((!include.empty() && in < 0) || match(texts_at(&log, {"exclude"}), logger) > in) continue;
        is_taken = true;
        read_log(fmt::format("{}, log {}", who, std::string_view(name)), &log);
      }
    }
    if (!has_default) {
      is_taken = true;
      read_log(who + ", log default", nullptr);
    }
    if (!is_taken)
      add_sentence(fmt::format("{}: no log takes {}: whoever reads there is not seen", who, logger),
                   config_.server.unseen);
  }

  void read_log(const std::string& who, const Json* log) {
    const auto say = [&](std::string_view what) {
      add_sentence(fmt::format("{} {}", who, what), config_.server.unseen);
    };
    const std::string level = text_at(log, {"level"});
    if (!level.empty() && level != "INFO" && level != "DEBUG" && level != "info" && level != "debug")
      return say(fmt::format(
          "has level {}, so it does not hold requests that were answered; take the level out", level));
    const Json* encoder = at(log, {"encoder"});
    // A filter changes the fields of the one within it.
    for (std::size_t depth = 0; depth < kMaxJsonDepth && text_at(encoder, {"format"}) == "filter"; ++depth) {
      const Json* fields = at(encoder, {"fields"});
      for (const char* field : {"request>remote_ip", "request>client_ip", "request>uri", "request"}) {
        if (const std::string filter = text_at(fields, {field, "filter"}); !filter.empty())
          say(fmt::format("changes {} ({}): what is changed cannot be held to account; take that filter out",
                          field, filter));
      }
      encoder = at(encoder, {"wrap"});
    }
    const std::string format = text_at(encoder, {"format"});
    if (!format.empty() && format != "json")
      return say(fmt::format("has format {}, which is not read; write `format json` into it", format));

    ServerLog made{LogTarget::output, {}, "json", "caddy", {}, {}};
    const std::string output = text_at(log, {"writer", "output"});
    if (output == "file") {
      made.target = LogTarget::file;
      made.place = text_at(log, {"writer", "filename"});
      if (!made.place.starts_with('/'))
        return say(
            fmt::format("goes to {}, which is no absolute path; write the whole path into it", made.place));
    } else if (!output.empty() && output != "stderr" && output != "stdout") {
      return say(fmt::format("goes to output {} {}, where it cannot be followed; log to a file too", output,
                             text_at(log, {"writer", "address"})));
    }
    add_log_once(std::move(made), config_.server);
  }

  const Json* root_;
  CaddyConfig config_;
};

}  // namespace

Result<CaddyConfig> read_caddy_config(std::string_view json) {
  if (json.size() > kMaxServerConfig) return Error("the configuration of Caddy is longer than 4 MiB");
  boost::json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  boost::json::error_code error;
  Json root;
  try {
    root = boost::json::parse(json, error, {}, options);
  } catch (const std::exception& exception) {  // out of memory
    return Error(fmt::format("the configuration of Caddy cannot be read: {}", exception.what()));
  }
  if (error) return Error(fmt::format("the configuration of Caddy is no JSON: {}", error.message()));
  if (!root.is_object()) return Error("the configuration of Caddy is no object of JSON");
  return CaddyReader(root).read();
}

}  // namespace sluice::ctl
