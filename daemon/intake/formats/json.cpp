// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "daemon/base/text.h"
#include "daemon/intake/formats/field.h"
#include "daemon/intake/json_repair.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

namespace dom = simdjson::dom;

// A member name on the way to a field, or the end of that way.
struct Step {
  std::string name;
  std::vector<Field> fields;  // one name may say two things
  std::vector<Step> below;
};

constexpr std::size_t kMaxSteps = 8;  // deeper names are not looked for: the walk recurses once a step

void add_way(std::vector<Step>& steps, std::string_view name, Field field, std::size_t depth = 0) {
  const auto add = [&](std::string_view step) -> Step& {
    const auto found = std::ranges::find(steps, step, &Step::name);
    return found != steps.end() ? *found : steps.emplace_back(Step{std::string(step), {}, {}});
  };
  if (name.empty() || depth == kMaxSteps) return;
  add(name).fields.push_back(field);
  const auto dot = name.find('.');
  if (dot != std::string_view::npos)
    add_way(add(name.substr(0, dot)).below, name.substr(dot + 1), field, depth + 1);
}

Field duration_field(DurationUnit unit) {
  switch (unit) {
    case DurationUnit::s:
      return Field::duration_s;
    case DurationUnit::ms:
      return Field::duration_ms;
    case DurationUnit::us:
      return Field::duration_us;
    case DurationUnit::ns:
      return Field::duration_ns;
  }
  return Field::duration_s;
}

std::vector<std::pair<std::string, Field>> fields_of(const FieldMap& map) {
  return {{map.time, Field::time},
          {map.client, Field::client},
          {map.method, Field::method},
          {map.target, Field::target},
          {map.protocol, Field::protocol},
          {map.request, Field::request},
          {map.status, Field::status},
          {map.bytes, Field::bytes},
          {map.referer, Field::referer},
          {map.user_agent, Field::user_agent},
          {map.user, Field::user},
          {map.peer, Field::peer},
          {map.host, Field::host},
          {map.account, Field::account},
          {map.credential, Field::credential},
          {map.accept_encoding, Field::accept_encoding},
          {map.accept_language, Field::accept_language},
          {map.purpose, Field::purpose},
          {map.fingerprint, Field::fingerprint},
          {map.duration, duration_field(map.duration_unit)},
          {map.connection, Field::connection},
          {map.forwarded_for, Field::forwarded_for},
          {map.forwarded, Field::forwarded},
          {map.proxy_client, Field::proxy_client},
          {map.subjects, Field::subjects},
          {map.subject_count, Field::subject_count},
          {map.fetch_mode, Field::fetch_mode},
          {map.fetch_dest, Field::fetch_dest},
          {map.content_type, Field::content_type}};
}

// The first value of a list, as Caddy keeps headers; other values themselves.
dom::element first_of(dom::element value) {
  dom::array list;
  if (value.get(list) == simdjson::SUCCESS && list.begin() != list.end()) return *list.begin();
  return value;
}

class JsonParser final : public LineParser {
 public:
  explicit JsonParser(const FieldMap& fields) {
    for (const auto& [name, field] : fields_of(fields))
      add_way(steps_, name, field);
    make_room(kUsualLineBytes);
    if (parser_.allocate(repaired_bytes(kUsualLineBytes)) != simdjson::SUCCESS) throw std::bad_alloc();
  }

  [[nodiscard]] Parsed parse(std::string_view line) override {
    if (line.size() > kMaxLineBytes) return ParseFault::too_long;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return ParseFault::empty;

    make_room(line.size());
    std::memcpy(buffer_.data(), line.data(), line.size());
    dom::element document;
    if (read(line.size(), document) != simdjson::SUCCESS) {
      const auto repaired = repair_json(line, buffer_.data());
      if (!repaired || read(*repaired, document) != simdjson::SUCCESS) return ParseFault::not_json;
    }
    dom::object object;
    if (document.get(object) != simdjson::SUCCESS) return ParseFault::not_an_object;
    values_.fill(std::nullopt);
    collect(object, steps_);
    return to_request();
  }

  [[nodiscard]] ForwardingHeaders forwarding_headers() const override {
    return builder_.forwarding_headers();
  }

 private:
  // Longer lines are seldom; the buffers grow with the first of them.
  static constexpr std::size_t kUsualLineBytes = std::size_t{64} * 1024;

  void make_room(std::size_t line_bytes) {
    const std::size_t needed = repaired_bytes(line_bytes) + simdjson::SIMDJSON_PADDING;
    if (buffer_.size() < needed) buffer_.resize(needed);
  }

  // The parser makes itself room for a longer text.
  simdjson::error_code read(std::size_t size, dom::element& document) {
    std::memset(buffer_.data() + size, 0, simdjson::SIMDJSON_PADDING);
    return parser_.parse(reinterpret_cast<const std::uint8_t*>(buffer_.data()), size, false).get(document);
  }

  void collect(const dom::object& object, const std::vector<Step>& steps) {
    for (const auto [name, value] : object) {
      for (const Step& step : steps) {
        if (step.name != name) continue;
        for (const Field field : step.fields) {
          auto& place = values_[static_cast<std::size_t>(field)];
          if (!place) place = value;
        }
        dom::object inner;
        if (!step.below.empty() && value.get(inner) == simdjson::SUCCESS) collect(inner, step.below);
        break;
      }
    }
  }

  Parsed to_request() {
    builder_.begin();
    const auto& stamp = values_[static_cast<std::size_t>(Field::time)];
    if (!stamp || stamp->is_null()) return ParseFault::no_time;
    const auto time = time_of(*stamp);
    if (!time) return ParseFault::bad_time;
    builder_.set_time(*time);
    for (std::size_t i = static_cast<std::size_t>(Field::client); i < kFields; ++i) {
      if (!values_[i]) continue;
      const auto field = static_cast<Field>(i);
      if (const auto fault = set(field, is_list(field) ? *values_[i] : first_of(*values_[i]))) return *fault;
    }
    return builder_.finish();
  }

  // The order of these headers matters: the nearest proxy wrote the last one.
  static bool is_chain(Field field) { return field == Field::forwarded_for || field == Field::forwarded; }

  // Every value of these counts, not the first alone.
  static bool is_list(Field field) { return is_chain(field) || field == Field::subjects; }

  // All texts of a list as one header, which is what they mean (RFC 9110, 5.3).
  std::string_view joined(Field field, const dom::array& list) {
    std::string& all = field == Field::forwarded ? forwarded_ : forwarded_for_;
    all.clear();
    for (const dom::element item : list) {
      std::string_view text;
      if (item.get(text) != simdjson::SUCCESS) continue;
      if (!all.empty()) all += ", ";
      all += text;
    }
    return all;
  }

  // One person, or a list of them: applications write numbers too.
  std::optional<ParseFault> set_subjects(const dom::element& value) {
    subjects_.clear();
    const auto add = [&](const dom::element& item) {
      std::string_view text;
      std::int64_t number = 0;
      std::array<char, 24> digits{};
      if (item.get(number) == simdjson::SUCCESS) {
        const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
        text = {digits.data(), static_cast<std::size_t>(written.ptr - digits.data())};
      } else if (item.get(text) != simdjson::SUCCESS) {
        return;
      }
      if (!subjects_.empty()) subjects_ += ',';
      subjects_ += text;
    };
    dom::array list;
    if (value.get(list) == simdjson::SUCCESS) {
      for (const dom::element item : list)
        add(item);
    } else {
      add(value);
    }
    return builder_.set(Field::subjects, subjects_);
  }

  std::optional<ParseFault> set(Field field, const dom::element& value) {
    if (field == Field::subjects) return set_subjects(value);
    std::string_view text;
    dom::array list;
    if (is_chain(field) && value.get(list) == simdjson::SUCCESS)
      return builder_.set(field, joined(field, list));
    if (value.get(text) == simdjson::SUCCESS) return builder_.set(field, text);
    std::uint64_t number = 0;
    if (value.get(number) == simdjson::SUCCESS)
      return builder_.set_number(field, static_cast<double>(number), number);
    double real = 0;
    if (value.get(real) == simdjson::SUCCESS) return builder_.set_number(field, real, std::nullopt);
    if (!value.is_null()) return builder_.set_number(field, -1, std::nullopt);
    // Nobody is 0.0.0.0, and what is not there must not hide what stands for it elsewhere.
    if (field == Field::client) return ParseFault::no_client;
    if (field != Field::peer && field != Field::target && field != Field::path && field != Field::request)
      builder_.note(field);
    return std::nullopt;
  }

  static std::optional<WallTime> time_of(const dom::element& value) {
    std::string_view text;
    double seconds = 0;
    if (value.get(text) == simdjson::SUCCESS) {
      const auto [end, ec] =
          std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
      if (ec != std::errc() || end != text.data() + text.size()) {
        const auto time = parse_time(text);
        return time ? std::optional(*time) : std::nullopt;
      }
    } else if (value.get(seconds) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    // Up to the year 2200. A double still tells microseconds apart there; the comparison is false for NaN.
    if (!(seconds >= 0 && seconds < 7'258'118'400.0)) return std::nullopt;
    return WallTime(std::chrono::microseconds(std::llround(seconds * 1e6)));
  }

  std::vector<Step> steps_;
  std::vector<char> buffer_;
  std::string forwarded_for_;  // joined() makes them
  std::string forwarded_;
  std::string subjects_;  // set_subjects() makes them
  dom::parser parser_;
  std::array<std::optional<dom::element>, kFields> values_;  // by Field
  RequestBuilder builder_;
};

Result<std::unique_ptr<LineParser>> make_from_fields(const LogOptions& options) {
  return make_json_parser(options.fields);
}

std::vector<LogOptions> guess_presets() {
  std::vector<LogOptions> guesses;
  for (const JsonPreset preset :
       {JsonPreset::nginx, JsonPreset::caddy, JsonPreset::traefik, JsonPreset::envoy}) {
    LogOptions& guess = guesses.emplace_back();
    guess.format = formats::kJson;
    guess.preset = preset;
    guess.fields = preset_fields(preset);
  }
  return guesses;
}

}  // namespace

namespace formats {
constinit const FormatSpec kJson = {
    .name = "json", .has_fields = true, .make_parser = &make_from_fields, .guesses = &guess_presets};
}  // namespace formats

std::unique_ptr<LineParser> make_json_parser(const FieldMap& fields) {
  return std::make_unique<JsonParser>(fields);
}

}  // namespace sluice::intake
