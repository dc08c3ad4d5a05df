// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/load.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/config/keys.h"
#include "daemon/config/parse_toml.h"
#include "daemon/config/report.h"
#include "daemon/config/site_keys.h"
#include "daemon/config/toml.h"

namespace sluice::config {
namespace {

// At most one byte more than kMaxFileBytes.
Result<std::string> read_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    const Error error = Error::system("cannot be opened", errno);
    if (error.code() == ENOENT) {
      return Error(error.message() + "; put one there (an empty file means the defaults) or name another");
    }
    return error;
  }
  std::string text(kMaxFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("cannot be read", errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return {boost::system::in_place_value, std::move(text)};
}

void read_preset(Preset preset, Config& config, Report& report) {
  report.enter(kPreset, fmt::format("preset {}", to_string(preset)));
  std::string text;
  for (const PresetValue& value : values_of(preset))
    text += fmt::format("{} = {}\n", value.key, value.value);
  if (const auto table = parse_toml(text, report)) read_layer(*table, config, report);
}

using Read = std::function<Result<std::string>(const std::string& path)>;

void read_include(const std::string& path, const Origin& named, Layer layer, const Read& read, Config& config,
                  Report& report) {
  report.enter(layer, path);
  const auto text = read(path);
  if (!text) {
    report.refuse(named, "include", fmt::format("{}: {}", path, text.error().message()));
    return;
  }
  const auto table = parse_toml(*text, report);
  if (!table) return;
  for (const char* key : {"include", "preset"}) {
    if (const toml::node* node = table->get(key))
      report.refuse(line_of(*node), key, "stands in an included file; write it in the one that includes it");
  }
  read_layer(*table, config, report);
}

// The configuration of all layers, or nothing, which was refused. `folder` is that of the file.
std::optional<Config> read_layers(std::string_view text, const std::filesystem::path& folder,
                                  const Read& read, Report& report) {
  const std::string file = report.file(kMainFile);
  const auto table = parse_toml(text, report);
  if (!table) return std::nullopt;
  // What this file says is read last and counts most, but it names the layers below.
  Config named;
  Report early(file);
  read_layer(*table, named, early);
  Config config;
  read_preset(named.preset, config, report);
  for (std::size_t i = 0; i < named.includes.size(); ++i) {
    const std::string path = (folder / named.includes[i]).lexically_normal().string();
    const Origin at{kMainFile, early.origin("include").line};
    read_include(path, at, kFirstInclude + i, read, config, report);
  }
  report.enter(kMainFile, file);
  read_layer(*table, config, report);
  read_software(read, config, report);
  check_whole(config, report);
  if (!report.clean()) return std::nullopt;
  return config;
}

// All ready-made sites that there are, so that a site's software can be recognised. What cannot be read is
// left out.
std::vector<detection::KnownSoftware> read_known_software(const std::string& folder) {
  constexpr std::size_t kMostSites = 256;
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".toml" && files.size() < kMostSites) files.push_back(at->path());
  }
  std::ranges::sort(files);
  std::vector<detection::KnownSoftware> all;
  for (const std::filesystem::path& file : files) {
    const auto text = read_file(file.string());
    if (!text) continue;
    if (auto known = known_software(*text, file.stem().string()); known && !known->markers.empty())
      all.push_back(*std::move(known));
  }
  return all;
}

std::optional<Config> read_from_disk(const std::string& path, Report& report) {
  const auto text = read_file(path);
  if (!text) {
    report.refuse(0, {}, text.error().message());
    return std::nullopt;
  }
  return read_layers(*text, std::filesystem::path(path).parent_path(), read_file, report);
}

std::string describe(const Origin& origin, const Report& report, Preset preset) {
  if (origin.layer == kDefaults) return "default";
  if (origin.layer != kPreset) return fmt::format("{}:{}", report.file(origin.layer), origin.line);
  return fmt::format("{}: {}", report.file(kPreset), values_of(preset)[origin.line - 1].why);
}

}  // namespace

std::string to_string(const Fault& fault) {
  std::string text = fault.file;
  if (fault.line > 0) text += fmt::format(":{}", fault.line);
  if (!fault.key.empty()) text += fmt::format(": {}", fault.key);
  return text + ": " + fault.message;
}

Loaded parse(std::string_view text, const std::string& file) {
  Report report(file);
  const Read nothing = [](const std::string&) -> Result<std::string> {
    return Error("only a configuration that is a file itself can include others");
  };
  auto config = read_layers(text, {}, nothing, report);
  if (!config) return report.take();
  return *std::move(config);
}

Loaded load(const std::string& path) {
  Report report(path);
  auto config = read_from_disk(path, report);
  if (!config) return report.take();
  config->detector.known_software = read_known_software(config->site.folder);
  return *std::move(config);
}

boost::system::result<std::vector<Setting>, Faults> load_settings(const std::string& path) {
  Report report(path);
  const auto config = read_from_disk(path, report);
  if (!config) return report.take();
  std::vector<Setting> settings;
  for (const auto& key : config_keys()) {
    Setting setting{std::string(key.name), key.write(*config),
                    describe(report.origin(key.name), report, config->preset)};
    // Who sets a preset wants to see which of it the file takes back.
    for (const Origin& other : report.origins(key.name)) {
      if (other.layer < report.origin(key.name).layer)
        setting.origin += ", over " + describe(other, report, config->preset);
    }
    settings.push_back(std::move(setting));
  }
  return settings;
}

}  // namespace sluice::config
