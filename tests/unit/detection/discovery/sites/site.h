// SPDX-License-Identifier: Apache-2.0
// Access logs of made-up web sites, with the truth beside them: which URLs show whom. The same seed gives the
// same log. Used to measure route discovery; knows nothing of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::detection::sites {

// What the URLs of one shape show.
enum class Shows : std::uint8_t {
  people,   // one person
  picture,  // of one person
  list,     // several people
  things,   // anything else
};

struct TrueShape {
  std::string text;  // "/people/{}": every value is {}
  Shows shows = Shows::things;
  bool has_host = false;  // the text begins with the host
};

constexpr int kNoShape = -1;

struct Line {
  std::uint32_t client = 0;
  std::int64_t second = 0;
  std::string host;
  std::string method = "GET";
  std::string target;
  std::uint16_t status = 200;
  std::string referer;
  std::string agent;
  int shape = kNoShape;  // which of the true shapes
  std::string subject;   // the person, of people and pictures
};

struct Site {
  std::string name;
  std::vector<TrueShape> shapes;
  std::vector<Line> lines;  // in the order of time
};

// A generator of pseudo-random numbers whose results are the same everywhere (PCG by M. O'Neill, 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::uint32_t next();
  // 0 to count - 1.
  std::size_t below(std::size_t count) { return next() % count; }
  // The same, small ones more often: what people read.
  std::size_t popular(std::size_t count);
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  const T& of(const std::vector<T>& things) {
    return things[below(things.size())];
  }
  std::string hex(std::size_t digits);
  std::string uuid();
  std::string token(std::size_t letters);

 private:
  std::uint64_t state_;
};

// Names of people of many countries, most of them invented: "anna", "schmidt". And titles: "how to bake
// bread".
[[nodiscard]] std::string given_name(Random& random);
[[nodiscard]] std::string family_name(Random& random);
[[nodiscard]] std::string account_name(Random& random);  // "darkfox92", "anna_s"
[[nodiscard]] std::vector<std::string> title(Random& random);
[[nodiscard]] std::string joined(const std::vector<std::string>& words, std::string_view separator);

// As a browser writes a text in a URL: "str%C3%B6m".
[[nodiscard]] std::string escaped(std::string_view text);

// A visitor who comes, asks and goes.
class Visitor {
 public:
  Visitor(Site& site, Random& random, std::uint32_t client, std::int64_t second, std::string agent)
      : site_(site), random_(random), client_(client), second_(second), agent_(std::move(agent)) {}

  // A page that the visitor opens: it becomes the referer of what comes next.
  void open(const std::string& target, int shape = kNoShape, const std::string& subject = "",
            std::uint16_t status = 200);
  // What the page loads by itself.
  void load(const std::string& target, int shape = kNoShape, const std::string& subject = "",
            std::uint16_t status = 200);
  void post(const std::string& target, std::uint16_t status = 302);
  void go_to_host(std::string host) { host_ = std::move(host); }
  void back_to(const std::string& target) { page_ = target; }
  void wait(std::int64_t seconds) { second_ += seconds; }

 private:
  void add(const std::string& target, int shape, const std::string& subject, std::uint16_t status,
           std::string_view method);

  Site& site_;
  Random& random_;
  std::uint32_t client_;
  std::int64_t second_;
  std::string agent_;
  std::string host_;
  std::string page_;
};

// Builds a site: its shapes, then its visitors.
class Builder {
 public:
  Builder(std::string name, std::uint64_t seed) : random_(seed) { site_.name = std::move(name); }

  int shape(std::string text, Shows shows = Shows::things);
  // For sites with several hosts.
  int shape_with_host(std::string text, Shows shows = Shows::things);
  void set_host(std::string host) { host_ = std::move(host); }
  [[nodiscard]] Random& random() { return random_; }

  // `visit` is called for each of so many people, or robots.
  void people(std::size_t count, const std::function<void(Visitor&)>& visit);
  void robots(std::size_t count, const std::function<void(Visitor&)>& visit);
  // Who tries paths that are not there, keys that mean nothing, and the login.
  void scanners(std::size_t count);
  [[nodiscard]] Site done();

 private:
  void visitors(std::size_t count, std::string_view agent, const std::function<void(Visitor&)>& visit);

  Site site_;
  Random random_;
  std::string host_;
  std::uint32_t clients_ = 0;
};

// One of each kind.
[[nodiscard]] std::vector<Site> all_sites();

// Their parts; see the files of the same names.
void add_forums(std::vector<Site>& sites);
void add_communities(std::vector<Site>& sites);
void add_directories(std::vector<Site>& sites);
void add_applications(std::vector<Site>& sites);
void add_others(std::vector<Site>& sites);

// In combined format, with the host in front where the site has several.
[[nodiscard]] std::string to_log(const Site& site);

}  // namespace sluice::detection::sites
