// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "daemon/base/text.h"
#include "daemon/intake/formats/any_time.h"
#include "daemon/intake/formats/field.h"
#include "daemon/intake/formats/time_zone.h"
#include "daemon/intake/json_repair.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

namespace dom = simdjson::dom;

struct Step;

// The names to look for in one object, in the order of their lengths: most members are told by that alone.
class Steps {
 public:
  Step& add(std::string_view name);
  // To be called when all are there.
  void sort();
  // Those that may have a name of that length.
  [[nodiscard]] std::span<const Step> of_length(std::size_t length) const;
  [[nodiscard]] std::vector<Step>& all() { return all_; }
  [[nodiscard]] bool empty() const { return all_.empty(); }

 private:
  static constexpr std::size_t kLengths = 32;  // longer names are one group with those of the last length
  static std::size_t group(std::size_t length) { return std::min(length, kLengths - 1); }
  std::vector<Step> all_;
  std::array<std::uint16_t, kLengths + 1> begin_{};
};

// A member name on the way to a field, or the end of that way.
struct Step {
  struct Meaning {
    Field field;
    std::uint8_t rank;  // of several names of one field the lowest that the line has counts
  };
  std::string name;
  std::vector<Meaning> meanings;  // one name may say two things
  Steps below;
};

Step& Steps::add(std::string_view name) {
  const auto found = std::ranges::find(all_, name, &Step::name);
  return found != all_.end() ? *found : all_.emplace_back(Step{std::string(name), {}, {}});
}

void Steps::sort() {
  std::ranges::stable_sort(all_, {}, [](const Step& step) { return group(step.name.size()); });
  for (std::size_t length = 0; length <= kLengths; ++length) {
    const auto at =
        std::ranges::find_if(all_, [&](const Step& step) { return group(step.name.size()) >= length; });
    begin_.at(length) = static_cast<std::uint16_t>(at - all_.begin());
  }
  for (Step& step : all_)
    step.below.sort();
}

std::span<const Step> Steps::of_length(std::size_t length) const {
  const std::size_t first = begin_[group(length)];
  return std::span(all_).subspan(first, begin_[group(length) + 1] - first);
}

constexpr std::size_t kMaxSteps = 8;  // deeper names are not looked for: the walk recurses once a step

void add_way(Steps& steps, std::string_view name, Step::Meaning meaning, std::size_t depth = 0) {
  if (name.empty() || depth == kMaxSteps) return;
  steps.add(name).meanings.push_back(meaning);
  const auto dot = name.find('.');
  if (dot != std::string_view::npos)
    add_way(steps.add(name.substr(0, dot)).below, name.substr(dot + 1), meaning, depth + 1);
}

// "a|b": b is where the field stands if the line has no a.
void add_ways(Steps& steps, std::string_view names, Field field, std::uint8_t rank = 0) {
  while (!names.empty() && rank < UINT8_MAX)
    add_way(steps, take_until(names, '|'), {field, rank++});
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

// The members in which the servers that write JSON keep who connected.
constexpr std::string_view kUsualClients = "remote_addr|request.remote_ip|request.remote_addr|ClientAddr";

// Whether the member holds a header of the request, by the names that the servers give these.
bool is_header(std::string_view name) {
  return name.starts_with("http_") || name.starts_with("request_") ||
         name.find("headers.") != std::string_view::npos;
}

// The first value of a list, as Caddy keeps headers; other values themselves.
dom::element first_of(dom::element value) {
  dom::array list;
  if (value.get(list) == simdjson::SUCCESS && list.begin() != list.end()) return *list.begin();
  return value;
}

class JsonParser final : public LineParser {
 public:
  JsonParser(const FieldMap& fields, std::string_view client, TimeZone zone) : zone_(std::move(zone)) {
    for (const auto& [name, field] : fields_of(fields))
      add_ways(steps_, name, field);
    add_ways(steps_, client, Field::visitor);
    if (is_header(fields.client)) {
      // What a proxy wrote is its word; who connected is where the servers have it.
      for (Step& step : steps_.all())
        make_visitor(step);
      add_ways(steps_, kUsualClients, Field::client);
    }
    steps_.sort();
    make_room(kUsualLineBytes);
    if (parser_.allocate(repaired_bytes(kUsualLineBytes)) != simdjson::SUCCESS) throw std::bad_alloc();
  }

  [[nodiscard]] Parsed parse(std::string_view line) override {
    if (line.size() > kMaxLineBytes) return ParseFault::too_long;
    line = without_margins(line);
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
    cut_ = nullptr;
    return read_object(object, false);
  }

  [[nodiscard]] Parsed parse_cut(std::string_view line, ParseFault fault) override {
    const auto ends_in_text = close_json(without_margins(line), closed_);
    if (!ends_in_text) return fault;
    make_room(closed_.size());
    std::memcpy(buffer_.data(), closed_.data(), closed_.size());
    dom::element document;
    if (read(closed_.size(), document) != simdjson::SUCCESS) {
      const auto repaired = repair_json(closed_, buffer_.data());
      if (!repaired || read(*repaired, document) != simdjson::SUCCESS) return fault;
    }
    dom::object object;
    if (document.get(object) != simdjson::SUCCESS) return fault;
    cut_ = *ends_in_text ? last_text(document) : nullptr;
    const Parsed request = read_object(object, true);
    return request ? request : fault;
  }

  [[nodiscard]] ForwardingHeaders forwarding_headers() const override {
    return builder_.forwarding_headers();
  }

 private:
  static constexpr std::uint8_t kNoValue = UINT8_MAX;  // a rank behind all others
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

  // Where the text is that the document ends with.
  static const char* last_text(dom::element value) {
    for (;;) {
      dom::object object;
      dom::array list;
      std::optional<dom::element> last;
      if (value.get(object) == simdjson::SUCCESS) {
        for (const auto field : object)
          last = field.value;
      } else if (value.get(list) == simdjson::SUCCESS) {
        for (const dom::element item : list)
          last = item;
      }
      if (!last) break;
      value = *last;
    }
    std::string_view text;
    return value.get(text) == simdjson::SUCCESS ? text.data() : nullptr;
  }

  // Whether the line ends within the text.
  [[nodiscard]] bool is_cut(std::string_view text) const { return cut_ != nullptr && text.data() == cut_; }

  Parsed read_object(const dom::object& object, bool ends_too_soon) {
    values_.fill(std::nullopt);
    collect(object, steps_);
    return to_request(ends_too_soon);
  }

  void collect(const dom::object& object, const Steps& steps) {
    for (const auto [name, value] : object) {
      for (const Step& step : steps.of_length(name.size())) {
        if (step.name != name) continue;
        for (const auto& [field, rank] : step.meanings) {
          const auto at = static_cast<std::size_t>(field);
          // A name without a value must not hide another one with a value.
          const std::uint8_t counts = value.is_null() ? kNoValue : rank;
          if (values_[at] && ranks_[at] <= counts) continue;
          values_[at] = value;
          ranks_[at] = counts;
        }
        dom::object inner;
        if (!step.below.empty() && value.get(inner) == simdjson::SUCCESS) collect(inner, step.below);
        break;
      }
    }
  }

  Parsed to_request(bool ends_too_soon) {
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
    return ends_too_soon ? builder_.finish_cut() : builder_.finish();
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
      if (item.get(text) != simdjson::SUCCESS || is_cut(text)) continue;
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
      } else if (item.get(text) != simdjson::SUCCESS || is_cut(text)) {
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
    if (value.get(text) == simdjson::SUCCESS) {
      if (!is_cut(text)) return builder_.set(field, text);
      builder_.set_cut(field, text);
      return std::nullopt;
    }
    std::uint64_t number = 0;
    if (value.get(number) == simdjson::SUCCESS)
      return builder_.set_number(field, static_cast<double>(number), number);
    double real = 0;
    if (value.get(real) == simdjson::SUCCESS) return builder_.set_number(field, real, std::nullopt);
    if (!value.is_null()) return builder_.set_number(field, -1, std::nullopt);
    // Nobody is 0.0.0.0, and what is not there must not hide what stands for it elsewhere.
    if (field == Field::client) return builder_.set(field, {});
    if (field != Field::peer && field != Field::target && field != Field::path && field != Field::request)
      builder_.note(field);
    return std::nullopt;
  }

  std::optional<WallTime> time_of(const dom::element& value) const {
    std::string_view text;
    std::uint64_t whole = 0;
    double number = 0;
    if (value.get(text) == simdjson::SUCCESS) {
      if (is_cut(text)) return std::nullopt;
      return any_time(text, zone_);
    }
    if (value.get(whole) == simdjson::SUCCESS) return epoch_time(whole);
    return value.get(number) == simdjson::SUCCESS ? epoch_time(number) : std::nullopt;
  }

  static void make_visitor(Step& step) {
    for (auto& [field, rank] : step.meanings) {
      if (field == Field::client) field = Field::visitor;
    }
    for (Step& below : step.below.all())
      make_visitor(below);
  }

  Steps steps_;
  std::vector<char> buffer_;
  std::string forwarded_for_;  // joined() makes them
  std::string forwarded_;
  std::string subjects_;       // set_subjects() makes them
  std::string closed_;         // parse_cut() makes it
  const char* cut_ = nullptr;  // the text within which the line in hand ends; null: none
  dom::parser parser_;
  std::array<std::optional<dom::element>, kFields> values_;  // by Field
  std::array<std::uint8_t, kFields> ranks_{};                // of those values
  TimeZone zone_;
  RequestBuilder builder_;
};

Result<std::unique_ptr<LineParser>> make_from_fields(const LogOptions& options) {
  // Caddy writes its wall times in UTC unless it is told otherwise.
  auto zone =
      zone_or(options.timezone, options.preset == JsonPreset::caddy ? TimeZone::utc() : TimeZone::host());
  if (!zone) return zone.error();
  return std::unique_ptr<LineParser>(
      std::make_unique<JsonParser>(options.fields, options.client, *std::move(zone)));
}

std::vector<LogOptions> guess_presets() {
  std::vector<LogOptions> guesses;
  for (const JsonPreset preset :
       {JsonPreset::nginx, JsonPreset::caddy, JsonPreset::traefik, JsonPreset::envoy, JsonPreset::gitlab}) {
    LogOptions& guess = guesses.emplace_back();
    guess.format = formats::kJson;
    guess.preset = preset;
    guess.fields = preset_fields(preset);
  }
  return guesses;
}

}  // namespace

namespace formats {
constinit const FormatSpec kJson = {.name = "json",
                                    .has_fields = true,
                                    .has_zone = true,
                                    .make_parser = &make_from_fields,
                                    .guesses = &guess_presets};
}  // namespace formats

std::unique_ptr<LineParser> make_json_parser(const FieldMap& fields) {
  return std::make_unique<JsonParser>(fields, std::string_view(), TimeZone::host());
}

}  // namespace sluice::intake
