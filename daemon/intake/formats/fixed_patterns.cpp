// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/fixed_patterns.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/intake/formats/pattern_parser.h"
#include "daemon/intake/formats/pattern_plan.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

struct FixedVariable {
  std::string_view name;
  Field field;
  Holds holds;
};
// The variables of the patterns below. "$word", "$number" and "$list" are not looked at.
constexpr std::array<FixedVariable, 23> kFixedVariables = {
    {{"client", Field::client, Holds::address},
     {"port", Field::skip, Holds::number},
     {"visitor", Field::visitor, Holds::anything},
     {"forwarded_for", Field::forwarded_for, Holds::anything},
     {"hops", Field::forwarded_for, Holds::hops},
     {"user", Field::user, Holds::anything},
     {"time_clf", Field::time, Holds::time},
     {"time_iso", Field::time, Holds::time},
     {"request", Field::request, Holds::anything},
     {"method", Field::method, Holds::word},
     {"target", Field::target, Holds::anything},
     {"status", Field::status, Holds::number},
     {"bytes", Field::bytes, Holds::number},
     {"referer", Field::referer, Holds::anything},
     {"user_agent", Field::user_agent, Holds::anything},
     {"host", Field::host, Holds::word},
     {"any_host", Field::host, Holds::anything},
     {"duration_s", Field::duration_s, Holds::number},
     {"duration_ms", Field::duration_ms, Holds::number},
     {"word", Field::skip, Holds::word},
     {"number", Field::skip, Holds::number},
     {"list", Field::skip, Holds::list},
     {"rest", Field::skip, Holds::anything}}};

Token fixed_variable(std::string_view name) {
  const auto known = std::ranges::find(kFixedVariables, name, &FixedVariable::name);
  Token token{false, fmt::format("${}", name), known->field, known->holds, 1, std::nullopt};
  if (name == "time_clf") token.time = TimeFormat::common_log();
  if (name == "time_iso") token.time = TimeFormat::rfc3339();
  return token;
}

struct Shape {
  std::string_view text;
  // The server writes quotes of a visitor as they are. Only a line with no more of them than the format has
  // is read: of another one nobody could tell where a value ends.
  bool raw_quotes = false;
  bool host_of_target = false;
};

// The default of ingress-nginx: combined with what proxies say in brackets. Earlier versions write the
// visitor as the controller knows it there. What follows the user agent is the controller's.
constexpr std::array<Shape, 1> kIngressShapes = {
    {{R"($client - [$hops] - $user [$time_clf] "$request" $status $bytes "$referer" "$user_agent" $rest)"}}};

// Nginx Proxy Manager, conf.d/include/log.conf: `proxy`, and `standard` for hosts that it answers itself.
constexpr std::array<Shape, 2> kNpmShapes = {
    {{R"([$time_clf] $word $list $status - $method $word $host "$target" [Client $client] [Length $bytes] [Gzip $number] [Sent-to $word] "$user_agent" "$referer")"},
     {R"([$time_clf] $status - $method $word $host "$target" [Client $client] [Length $bytes] [Gzip $number] "$user_agent" "$referer")"}}};

// lighttpd's default accesslog.format: the host stands where combined has the ident.
constexpr std::array<Shape, 1> kLighttpdShapes = {
    {{R"($client $host $user [$time_clf] "$request" $status $bytes "$referer" "$user_agent")"}}};

// "Access logs for your Application Load Balancer" of AWS, and the same of the Classic Load Balancer.
constexpr std::array<Shape, 2> kAlbShapes = {
    {{R"($word $time_iso $word $client:$port $word $number $duration_s $number $status $word $number $bytes "$request" "$user_agent" $rest)",
      false, true},
     {R"($time_iso $word $client:$port $word $number $duration_s $number $status $word $number $bytes "$request" "$user_agent" $rest)",
      false, true}}};

// Envoy's default format string, and Istio's, whose end names who connected.
constexpr std::array<Shape, 2> kEnvoyShapes = {
    {{R"([$time_iso] "$request" $status $word $number $bytes $duration_ms $number "$visitor" "$user_agent" "$rest" "$any_host" "$rest")",
      true},
     {R"([$time_iso] "$request" $status $word $word $word "$rest" $number $bytes $duration_ms $number "$forwarded_for" "$user_agent" "$rest" "$any_host" "$rest" $word $word $word $client:$port $word $word)",
      true}}};

// Reads a line as the first of its shapes that the line has.
class ShapesParser final : public LineParser {
 public:
  explicit ShapesParser(std::vector<std::unique_ptr<LineParser>> shapes) : shapes_(std::move(shapes)) {}

  [[nodiscard]] Parsed parse(std::string_view line) override {
    Parsed request = ParseFault::mismatch;
    std::size_t furthest = 0;
    failed_ = shapes_.front().get();
    ParseFault fault = ParseFault::mismatch;
    for (const auto& shape : shapes_) {
      read_ = shape.get();
      request = shape->parse(line);
      if (request) return request;
      const std::size_t progress = shape->failure(request.error()).progress;
      if (progress < furthest && shape != shapes_.front()) continue;
      furthest = progress;
      failed_ = shape.get();
      fault = request.error();
    }
    return fault;
  }

  [[nodiscard]] Parsed parse_cut(std::string_view line, ParseFault fault) override {
    for (const auto& shape : shapes_) {
      read_ = shape.get();
      Parsed request = shape->parse_cut(line, fault);
      if (request) return request;
    }
    return fault;
  }

  [[nodiscard]] Failure failure(ParseFault fault) const override { return failed_->failure(fault); }
  [[nodiscard]] ForwardingHeaders forwarding_headers() const override { return read_->forwarding_headers(); }

 private:
  std::vector<std::unique_ptr<LineParser>> shapes_;
  const LineParser* read_ = nullptr;    // of the line before
  const LineParser* failed_ = nullptr;  // that got furthest
};

Result<std::unique_ptr<LineParser>> make(std::span<const Shape> shapes) {
  std::vector<std::unique_ptr<LineParser>> parsers;
  for (const Shape& shape : shapes) {
    auto tokens = dollar_tokens(shape.text, &fixed_variable);
    if (!tokens) return tokens.error();
    auto pattern = plan(*std::move(tokens), Escape::hex, {});
    if (!pattern) return Error(fmt::format("pattern {}", pattern.error().message()));
    if (shape.raw_quotes) pattern->quotes = static_cast<std::size_t>(std::ranges::count(shape.text, '"'));
    pattern->host_of_target = shape.host_of_target;
    parsers.push_back(make_pattern_parser(*std::move(pattern)));
  }
  return std::unique_ptr<LineParser>(std::make_unique<ShapesParser>(std::move(parsers)));
}

template <const FormatSpec& kSpec>
std::vector<LogOptions> guess() {
  std::vector<LogOptions> guesses(1);
  guesses[0].format = kSpec;
  return guesses;
}

Result<std::unique_ptr<LineParser>> make_ingress(const LogOptions&) {
  return make(kIngressShapes);
}
Result<std::unique_ptr<LineParser>> make_npm(const LogOptions&) {
  return make(kNpmShapes);
}
Result<std::unique_ptr<LineParser>> make_lighttpd(const LogOptions&) {
  return make(kLighttpdShapes);
}
Result<std::unique_ptr<LineParser>> make_alb(const LogOptions&) {
  return make(kAlbShapes);
}
Result<std::unique_ptr<LineParser>> make_envoy(const LogOptions&) {
  return make(kEnvoyShapes);
}

}  // namespace

namespace formats {
constinit const FormatSpec kIngress = {
    .name = "ingress", .make_parser = &make_ingress, .guesses = &guess<kIngress>};
constinit const FormatSpec kNpm = {.name = "npm", .make_parser = &make_npm, .guesses = &guess<kNpm>};
constinit const FormatSpec kLighttpd = {
    .name = "lighttpd", .make_parser = &make_lighttpd, .guesses = &guess<kLighttpd>};
constinit const FormatSpec kAlb = {.name = "alb", .make_parser = &make_alb, .guesses = &guess<kAlb>};
constinit const FormatSpec kEnvoy = {.name = "envoy", .make_parser = &make_envoy, .guesses = &guess<kEnvoy>};
}  // namespace formats

}  // namespace sluice::intake
