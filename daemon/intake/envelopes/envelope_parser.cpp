// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/envelopes/envelope_parser.h"

#include <array>
#include <string>
#include <utility>

namespace sluice::intake {
namespace {

// So many lines in a row that cannot be read make a log look like another one.
constexpr unsigned kUnreadableInARow = 16;

// The envelopes of a log from outside in.
using Envelopes = std::array<Envelope, 2>;
constexpr Envelopes kPlain = {Envelope::none, Envelope::none};

// Joins the parts of the lines of two streams.
class Parts {
 public:
  // The next message is of that envelope. Parts of another one are no beginning of it, and go if it is a part
  // too.
  void go_on_with(Envelope envelope, bool is_part) {
    is_same_ = envelope == envelope_;
    if (is_same_ || !is_part) return;
    is_same_ = true;
    envelope_ = envelope;
    for (std::string& kept : kept_)
      kept.clear();
  }
  [[nodiscard]] bool has(const Message& message) const {
    return is_same_ && !kept_.at(message.is_error_stream ? 1 : 0).empty();
  }
  // The message with what came before it, which lives until the next call.
  std::string_view join(const Message& message) {
    std::string& before = kept_.at(message.is_error_stream ? 1 : 0);
    add(before, message.text);
    std::swap(whole_, before);
    before.clear();
    return whole_;
  }
  void keep(const Message& message) { add(kept_.at(message.is_error_stream ? 1 : 0), message.text); }

 private:
  // What is longer than a line may be loses its end.
  static void add(std::string& to, std::string_view text) {
    to.append(text.substr(0, kMaxLineBytes - to.size()));
  }

  std::array<std::string, 2> kept_;
  std::string whole_;
  Envelope envelope_ = Envelope::none;  // of the parts that are kept
  bool is_same_ = false;                // whether the next message is of it
};

class EnvelopeParser final : public LineParser {
 public:
  EnvelopeParser(Envelope named, std::unique_ptr<LineParser> format)
      : named_(named), format_(std::move(format)) {}

  [[nodiscard]] Parsed parse(std::string_view line) override {
    failed_field_.clear();
    if (!is_settled_) return search(line);
    Parsed request = read_in(envelopes_, line);
    if (is_good(request)) {
      unreadable_ = 0;
      return request;
    }
    if (++unreadable_ < kUnreadableInARow) return envelopes_ == kPlain ? request : read_plain(line, request);
    is_settled_ = false;
    unreadable_ = 0;
    return search(line);
  }

  // In the envelopes that the log had last; nothing is found out by a line that was cut.
  [[nodiscard]] Parsed parse_cut(std::string_view line, ParseFault fault) override {
    if (is_settled_ || envelopes_ != kPlain) return read_cut(envelopes_, line, fault);
    if (named_ != Envelope::automatic) return read_cut({named_, Envelope::none}, line, fault);
    Parsed request = read_cut(kPlain, line, fault);
    for (const Envelope outer : kAllEnvelopes) {
      if (request) break;
      request = read_cut({outer, Envelope::none}, line, fault);
    }
    return request;
  }

  [[nodiscard]] ForwardingHeaders forwarding_headers() const override {
    return format_->forwarding_headers();
  }
  [[nodiscard]] std::string_view found_envelopes() const override { return found_; }
  // The line may have been tried in several envelopes: where the format got furthest.
  [[nodiscard]] Failure failure(ParseFault fault) const override {
    return failed_field_.empty() ? usual_failure(fault) : Failure{failed_field_, failure_progress_};
  }

 private:
  // A part of a line says nothing of what the whole is, and a line about the log itself is read.
  static bool is_good(const Parsed& request) {
    return request || request.error() == ParseFault::part || request.error() == ParseFault::directive;
  }

  Parsed read_in_format(std::string_view text) {
    const Parsed request = format_->parse(text);
    if (is_good(request)) return request;
    const Failure failure = format_->failure(request.error());
    if (failed_field_.empty() || failure.progress > failure_progress_) {
      failed_field_ = failure.field;
      failure_progress_ = failure.progress;
    }
    return request;
  }

  // A line without the envelope that the log has otherwise; `fault` is what came of it there.
  Parsed read_plain(std::string_view line, const Parsed& fault) {
    Parsed request = read_in_format(line);
    return request ? request : fault;
  }

  // The fault is that of the line as it is where it is not in these envelopes.
  Parsed read_in(const Envelopes& envelopes, std::string_view line) {
    if (envelopes[0] == Envelope::none) return read_in_format(line);
    const auto outer = outer_.open(envelopes[0], line);
    if (!outer) return ParseFault::mismatch;
    return read_message(envelopes[0], envelopes[1], *outer);
  }

  Parsed read_cut(const Envelopes& envelopes, std::string_view line, ParseFault fault) {
    if (envelopes[0] == Envelope::none) return format_->parse_cut(line, fault);
    const auto outer = outer_.open(envelopes[0], line);
    if (!outer || outer->extent == Message::Extent::part) return fault;
    if (envelopes[1] == Envelope::none) return format_->parse_cut(outer->text, fault);
    const auto inner = inner_.open(envelopes[1], outer->text);
    return inner ? format_->parse_cut(inner->text, fault) : fault;
  }

  // Leaves the whole text in text_.
  Parsed read_message(Envelope outer, Envelope inner, const Message& message) {
    parts_.go_on_with(outer, message.extent != Message::Extent::whole);
    const bool is_rest = parts_.has(message);
    if (message.extent == Message::Extent::part || (message.extent == Message::Extent::may_part && is_rest)) {
      parts_.keep(message);
      return ParseFault::part;
    }
    text_ = is_rest ? parts_.join(message) : message.text;
    const Parsed request = read_text(inner, text_);
    if (is_good(request) || message.extent == Message::Extent::whole) return request;
    parts_.keep(message);
    return ParseFault::part;
  }

  Parsed read_text(Envelope inner, std::string_view text) {
    if (inner == Envelope::none) return read_in_format(text);
    const auto message = inner_.open(inner, text);
    return message ? read_in_format(message->text) : Parsed(ParseFault::mismatch);
  }

  // Tries what the log may be, and stays with what can be read. The fault is that of the likeliest.
  Parsed search(std::string_view line) {
    Parsed first = ParseFault::mismatch;
    if (named_ == Envelope::automatic) {
      first = read_in_format(line);
      if (first) return settle(kPlain, first);
      if (is_good(first)) return first;
      for (const Envelope outer : kAllEnvelopes) {
        const Parsed request = search_in(outer, line, first);
        if (is_good(request)) return request;
      }
      return first;
    }
    const Parsed request = search_in(named_, line, first);
    if (is_good(request)) return request;
    return read_plain(line, first);
  }

  // As search(), in one outer envelope; the fault of the line in that one alone goes to `likeliest`.
  Parsed search_in(Envelope outer, std::string_view line, Parsed& likeliest) {
    const auto message = outer_.open(outer, line);
    if (!message) return ParseFault::mismatch;
    const Parsed request = read_message(outer, Envelope::none, *message);
    if (request) return settle({outer, Envelope::none}, request);
    if (request.error() == ParseFault::part) return request;
    if (named_ != Envelope::automatic) likeliest = request;
    for (const Envelope inner : kAllEnvelopes) {
      const Parsed nested = read_text(inner, text_);
      if (nested) return settle({outer, inner}, nested);
    }
    return request;
  }

  Parsed settle(const Envelopes& envelopes, const Parsed& request) {
    is_settled_ = true;
    envelopes_ = envelopes;
    found_.clear();
    for (const Envelope envelope : envelopes) {
      if (envelope == Envelope::none) continue;
      if (!found_.empty()) found_ += ", ";
      found_ += to_string(envelope);
    }
    return request;
  }

  Envelope named_;
  std::unique_ptr<LineParser> format_;
  EnvelopeOpener outer_;
  EnvelopeOpener inner_;
  Parts parts_;
  std::string_view text_;  // of the outer message that was read last
  bool is_settled_ = false;
  Envelopes envelopes_ = kPlain;
  std::string found_;
  std::string failed_field_;  // of the line that was parsed last, if the format was asked and failed
  std::size_t failure_progress_ = 0;
  unsigned unreadable_ = 0;  // in a row
};

}  // namespace

std::unique_ptr<LineParser> open_envelopes(Envelope envelope, std::unique_ptr<LineParser> format) {
  if (envelope == Envelope::none) return format;
  return std::make_unique<EnvelopeParser>(envelope, std::move(format));
}

}  // namespace sluice::intake
