// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/envelopes/envelope.h"

#include <array>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include <simdjson.h>

#include "daemon/intake/envelopes/prefixes.h"
#include "daemon/intake/envelopes/syslog.h"
#include "daemon/intake/json_repair.h"

namespace sluice::intake {
namespace {

namespace dom = simdjson::dom;

// Docker cuts what a container writes into messages of so many bytes; the last one of a line ends in a
// newline.
constexpr std::size_t kDockerPartBytes = std::size_t{16} * 1024;

constexpr std::array<std::string_view, 8> kNames = {"auto",    "none",   "syslog",  "cri",
                                                    "compose", "docker", "journal", "json"};

using Names = std::initializer_list<std::string_view>;

}  // namespace

std::string_view to_string(Envelope envelope) {
  return kNames.at(static_cast<std::size_t>(envelope));
}

// The last JSON object that was read.
class EnvelopeOpener::JsonObject {
 public:
  std::optional<Message> open(std::string_view line, Names names) {
    if (!line.starts_with('{') || !holds_one_of(line, names) || !parse(line)) return std::nullopt;
    for (const std::string_view name : names) {
      dom::element value;
      if (object_[name].get(value) != simdjson::SUCCESS) continue;
      if (auto text = text_of(value)) return message_of(*text);
    }
    return std::nullopt;
  }

 private:
  // Spares those lines the parser that cannot have the member.
  static bool holds_one_of(std::string_view line, Names names) {
    for (const std::string_view name : names) {
      const std::size_t at = line.find(name);
      if (at != std::string_view::npos && at > 0) return true;
    }
    return false;
  }

  bool parse(std::string_view line) {
    const std::size_t needed = repaired_bytes(line.size()) + simdjson::SIMDJSON_PADDING;
    if (buffer_.size() < needed) buffer_.resize(needed);
    std::memcpy(buffer_.data(), line.data(), line.size());
    if (parse_buffer(line.size())) return true;
    const auto repaired = repair_json(line, buffer_.data());
    return repaired && parse_buffer(*repaired);
  }

  bool parse_buffer(std::size_t size) {
    std::memset(buffer_.data() + size, 0, simdjson::SIMDJSON_PADDING);
    dom::element document;
    return parser_.parse(reinterpret_cast<const std::uint8_t*>(buffer_.data()), size, false).get(document) ==
               simdjson::SUCCESS &&
           document.get(object_) == simdjson::SUCCESS;
  }

  // A text, the bytes of one as numbers (journalctl writes those of which not all are UTF-8), or an object,
  // which a JSON log is by itself.
  std::optional<std::string_view> text_of(const dom::element& value) {
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) return text;
    dom::array bytes;
    dom::object inner;
    made_.clear();
    if (value.get(bytes) == simdjson::SUCCESS) {
      for (const dom::element item : bytes) {
        std::uint64_t byte = 0;
        if (item.get(byte) != simdjson::SUCCESS || byte > 0xff) return std::nullopt;
        made_.push_back(static_cast<char>(byte));
      }
      return made_;
    }
    if (value.get(inner) != simdjson::SUCCESS) return std::nullopt;
    made_ = simdjson::minify(inner);
    return made_;
  }

  Message message_of(std::string_view text) {
    Message message;
    std::string_view stream;
    const bool has_stream = object_["stream"].get(stream) == simdjson::SUCCESS;
    message.is_error_stream = has_stream && stream == "stderr";
    if (text.ends_with('\n')) {
      text.remove_suffix(1);
    } else if (has_stream && text.size() >= kDockerPartBytes) {
      message.extent = Message::Extent::may_part;
    }
    // journald cuts longer lines of a service.
    std::string_view cut_by;
    if (object_["_LINE_BREAK"].get(cut_by) == simdjson::SUCCESS && cut_by == "line-max")
      message.extent = Message::Extent::part;
    message.text = text;
    return message;
  }

  std::vector<char> buffer_;
  dom::parser parser_;
  dom::object object_;
  std::string made_;
};

EnvelopeOpener::EnvelopeOpener() = default;
EnvelopeOpener::~EnvelopeOpener() = default;
EnvelopeOpener::EnvelopeOpener(EnvelopeOpener&&) noexcept = default;
EnvelopeOpener& EnvelopeOpener::operator=(EnvelopeOpener&&) noexcept = default;

std::optional<Message> EnvelopeOpener::open(Envelope envelope, std::string_view line) {
  switch (envelope) {
    case Envelope::automatic:
    case Envelope::none:
      return std::nullopt;
    case Envelope::syslog:
      return open_syslog(line);
    case Envelope::cri:
      return open_cri(line);
    case Envelope::compose:
      return open_compose(line);
    case Envelope::docker:
    case Envelope::journal:
    case Envelope::json:
      break;
  }
  if (!object_) object_ = std::make_unique<JsonObject>();
  if (envelope == Envelope::docker) return object_->open(line, {"log"});
  if (envelope == Envelope::journal) return object_->open(line, {"MESSAGE"});
  return object_->open(line, {"message", "msg", "line", "textPayload", "jsonPayload"});
}

}  // namespace sluice::intake
