// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/detection/discovery/sites/site.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>

#include <fmt/format.h>

#include "daemon/base/time.h"

namespace sluice::detection::sites {
namespace {

constexpr std::int64_t kFirstSecond = 1'795'500'000;
constexpr std::int64_t kDay = 86'400;

// About a third of them are common in many countries; the others are rarer, or spelled in a rarer way.
const std::vector<std::string> kGiven = {
    "anna",     "peter",    "maria",   "thomas",  "laura",     "ivan",    "mehmet",   "priya",
    "yuki",     "jonas",    "chiara",  "zsofia",  "oluwaseun", "ngozi",   "thijs",    "siobhan",
    "eoin",     "saoirse",  "bartosz", "vojtech", "aino",      "eino",    "torbjorn", "solveig",
    "ragnhild", "iolanda",  "teodora", "kwame",   "abena",     "tariq",   "zainab",   "ayodele",
    "nkechi",   "thandiwe", "sipho",   "lerato",  "minh",      "linh",    "thuy",     "haruto",
    "sakura",   "seojun",   "jiwoo",   "arya",    "devika",    "rohan",   "ishaan",   "nuru",
    "juma",     "malik",    "xiomara", "itzel",   "tlaloc",    "quispe",  "birgitta", "gudrun",
    "wolfram",  "eberhard", "ottilie", "leopold", "sieglinde", "casimir", "ludovic",  "eulalie",
    "fleur",    "thibault", "maelle",  "gwenael", "yannick",   "renzo",   "fabrizio", "ornella"};

const std::vector<std::string> kSyllables = {
    "ba",  "ber", "cor", "dal", "den", "fer", "gal", "han", "hol", "jan", "kar", "kel", "lan", "lin", "mal",
    "mer", "mol", "nor", "ost", "pal", "ren", "ros", "san", "sol", "tam", "ter", "val", "ver", "wal", "zan"};
const std::vector<std::string> kEndings = {"berg",  "son", "ski",  "ova",  "mann", "ini", "ez",  "sen",
                                           "ström", "uk",  "idis", "oglu", "a",    "er",  "eau", "ic"};
const std::vector<std::string> kVerbs = {"how-to-bake", "why-we-love", "ten-rules-for", "the-history-of",
                                         "cleaning",    "building",    "what-is",       "a-guide-to",
                                         "repairing",   "choosing"};
const std::vector<std::string> kObjects = {
    "bread",        "old-bicycles",     "garden-furniture", "wooden-boats",  "coffee",
    "winter-tyres", "the-city-library", "solar-panels",     "mountain-huts", "public-transport",
    "school-meals", "a-stone-wall",     "rain-barrels"};
const std::vector<std::string> kExtras = {
    "",         "in-spring", "for-beginners", "on-a-budget", "step-by-step", "in-the-north", "without-tools",
    "part-two", "again"};

constexpr std::string_view kBrowser =
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
constexpr std::string_view kRobot = "Mozilla/5.0 (compatible; samplebot/2.1; +https://bot.example/about)";

std::string address_of(std::uint32_t client) {
  return fmt::format("10.{}.{}.{}", client >> 16U & 0xffU, client >> 8U & 0xffU, client & 0xffU);
}

// "24/Nov/2026:06:07:24 +0000"
std::string time_of(std::int64_t second) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string text = format_time(WallTime(Seconds(second)));
  const auto month = static_cast<std::size_t>(std::stoi(text.substr(5, 2)) - 1);
  return fmt::format("{}/{}/{}:{} +0000", text.substr(8, 2), kMonths.at(month), text.substr(0, 4),
                     text.substr(11, 8));
}

}  // namespace

std::uint32_t Random::next() {
  const std::uint64_t before = state_;
  state_ = before * 6364136223846793005ULL + 1442695040888963407ULL;
  const auto mixed = static_cast<std::uint32_t>(((before >> 18U) ^ before) >> 27U);
  return std::rotr(mixed, static_cast<int>(before >> 59U));
}

std::size_t Random::popular(std::size_t count) {
  const std::size_t most = below(count) + 1;
  return chance(50) ? below(most) : below(count);
}

std::string Random::hex(std::size_t digits) {
  std::string text;
  while (text.size() < digits)
    text += "0123456789abcdef"[below(16)];
  return text;
}

std::string Random::uuid() {
  return hex(8) + "-" + hex(4) + "-4" + hex(3) + "-a" + hex(3) + "-" + hex(12);
}

std::string Random::token(std::size_t letters) {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789";
  std::string text;
  while (text.size() < letters)
    text += kLetters[below(kLetters.size())];
  return text;
}

std::string given_name(Random& random) {
  return random.of(kGiven);
}

std::string family_name(Random& random) {
  return random.of(kSyllables) + (random.chance(50) ? random.of(kSyllables) : "") + random.of(kEndings);
}

std::string account_name(Random& random) {
  switch (random.below(4)) {
    case 0:
      return given_name(random) + std::to_string(random.below(99) + 1);
    case 1:
      return given_name(random) + "_" + family_name(random).substr(0, 1);
    case 2:
      return family_name(random) + random.of(kSyllables);
    default:
      return random.of(kSyllables) + random.of(kSyllables) + std::to_string(random.below(2000));
  }
}

std::vector<std::string> title(Random& random) {
  std::vector<std::string> words = {random.of(kVerbs), random.of(kObjects)};
  if (const std::string& extra = random.of(kExtras); !extra.empty()) words.push_back(extra);
  if (random.chance(30)) words.push_back(random.of(kSyllables) + random.of(kEndings));
  return words;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : std::string(separator)) + word;
  return text;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain =
        byte > 0x20 && byte < 0x7f && std::string_view("\"{}<>%").find(c) == std::string_view::npos;
    result += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return result;
}

std::vector<Site> all_sites() {
  std::vector<Site> sites;
  add_forums(sites);
  add_communities(sites);
  add_directories(sites);
  add_applications(sites);
  add_others(sites);
  return sites;
}

void Visitor::add(const std::string& target, int shape, const std::string& subject, std::uint16_t status,
                  std::string_view method) {
  const std::string host = host_.empty() ? "www.example.org" : host_;
  Line line;
  line.client = client_;
  line.second = second_;
  line.host = host_;
  line.method = method;
  line.target = target;
  line.status = status;
  line.referer = page_.empty() ? "" : "https://" + host + page_;
  line.agent = agent_;
  line.shape = shape;
  line.subject = subject;
  site_.lines.push_back(std::move(line));
}

void Visitor::open(const std::string& target, int shape, const std::string& subject, std::uint16_t status) {
  second_ += 2 + static_cast<std::int64_t>(random_.below(40));
  add(target, shape, subject, status, "GET");
  page_ = target;
}

void Visitor::load(const std::string& target, int shape, const std::string& subject, std::uint16_t status) {
  add(target, shape, subject, status, "GET");
}

void Visitor::post(const std::string& target, std::uint16_t status) {
  second_ += 3;
  add(target, kNoShape, "", status, "POST");
}

int Builder::shape(std::string text, Shows shows) {
  site_.shapes.push_back({std::move(text), shows, false});
  return static_cast<int>(site_.shapes.size()) - 1;
}

int Builder::shape_with_host(std::string text, Shows shows) {
  site_.shapes.push_back({std::move(text), shows, true});
  return static_cast<int>(site_.shapes.size()) - 1;
}

void Builder::visitors(std::size_t count, std::string_view agent,
                       const std::function<void(Visitor&)>& visit) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto second = kFirstSecond + static_cast<std::int64_t>(random_.below(kDay));
    Visitor visitor(site_, random_, ++clients_, second, std::string(agent));
    visitor.go_to_host(host_);
    visit(visitor);
  }
}

void Builder::people(std::size_t count, const std::function<void(Visitor&)>& visit) {
  visitors(count, kBrowser, visit);
}

void Builder::robots(std::size_t count, const std::function<void(Visitor&)>& visit) {
  visitors(count, kRobot, visit);
}

void Builder::scanners(std::size_t count) {
  visitors(count, "curl/8.5.0", [&](Visitor& visitor) {
    for (int i = 0; i < 150; ++i) {
      visitor.back_to("");
      visitor.load("/" + random_.token(6) + "/" + random_.token(8) + ".php", kNoShape, "", 404);
      visitor.load("/users/" + std::to_string(random_.below(9999)) + "/config", kNoShape, "", 404);
      // A server answers whatever the keys are.
      if (i % 5 == 0) visitor.load("/?" + random_.token(5) + "=" + random_.token(9));
      if (i % 7 == 0) visitor.post("/login", 401);
    }
  });
}

Site Builder::done() {
  std::ranges::stable_sort(site_.lines, {}, &Line::second);
  return std::move(site_);
}

std::string to_log(const Site& site) {
  std::string log;
  const bool has_hosts = std::ranges::any_of(site.shapes, &TrueShape::has_host);
  for (const Line& line : site.lines) {
    if (has_hosts) log += (line.host.empty() ? "www.example.org" : line.host) + ":443 ";
    log += fmt::format("{} - - [{}] \"{} {} HTTP/1.1\" {} {} \"{}\" \"{}\"\n", address_of(line.client),
                       time_of(line.second), line.method, line.target, line.status, 4000,
                       line.referer.empty() ? "-" : line.referer, line.agent);
  }
  return log;
}

}  // namespace sluice::detection::sites
