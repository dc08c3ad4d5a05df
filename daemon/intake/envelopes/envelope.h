// SPDX-License-Identifier: Apache-2.0
// What may stand around a line of an access log in a file: the header of a syslog daemon, the object of a
// container engine, the prefix of a tool. Names the kinds and takes each of them off one line. Used by
// envelope_parser.h, which finds out which one a log has; knows no format.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace sluice::intake {

enum class Envelope : std::uint8_t {
  automatic,  // found out where the format alone cannot read a line
  none,
  syslog,   // RFC 3164, RFC 5424, RFC 3339 stamps, and the short forms of journalctl
  cri,      // containerd, CRI-O, podman: stamp, stream, F or P
  compose,  // the prefix of `docker compose logs` and of `kubectl logs --prefix`
  docker,   // a JSON object with the line in its member log
  journal,  // the same with MESSAGE: journalctl -o json
  json,     // the same with message, msg, line or textPayload
};

// Those that hold a line, in the order in which they are tried.
inline constexpr Envelope kAllEnvelopes[] = {Envelope::cri,    Envelope::syslog,  Envelope::compose,
                                             Envelope::docker, Envelope::journal, Envelope::json};

// As the configuration names it.
[[nodiscard]] std::string_view to_string(Envelope envelope);

// What an envelope holds.
struct Message {
  enum class Extent : std::uint8_t {
    whole,
    part,      // the rest comes with the next message of the stream
    may_part,  // it may be a part: only whether it can be read tells
  };
  std::string_view text{};
  Extent extent = Extent::whole;
  bool is_error_stream = false;  // of two streams in one log the second
};

// Takes envelopes off lines. Keeps nothing of one line for the next but buffers.
class EnvelopeOpener {
 public:
  EnvelopeOpener();
  ~EnvelopeOpener();
  EnvelopeOpener(EnvelopeOpener&&) noexcept;
  EnvelopeOpener& operator=(EnvelopeOpener&&) noexcept;

  // Nothing where the line is not in that envelope, which is neither automatic nor none. The text lives as
  // long as the line, or until the next call.
  [[nodiscard]] std::optional<Message> open(Envelope envelope, std::string_view line);

 private:
  class JsonObject;
  std::unique_ptr<JsonObject> object_;  // made for the first line that needs it
};

}  // namespace sluice::intake
