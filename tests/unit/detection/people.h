// SPDX-License-Identifier: Apache-2.0
// People as they visit a site: traces that nothing may be held against to the point of a decision. For the
// tests of the heuristics and of the presets.
#pragma once

#include <array>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {

// Called after each page.
using AfterPage = std::function<void()>;

// A person reads eighty profiles in a day: from lists, search and links, a page every 20 to 90 seconds in
// sittings of twenty, with assets, now and then back to one read before.
inline void power_user(
    Visitor& visitor, std::mt19937& random, const AfterPage& after = [] {}) {
  for (int sitting = 0; sitting < 4; ++sitting) {
    std::vector<int> read;
    for (int i = 0; i < 20; ++i) {
      visitor.browse("/search?q=name" + std::to_string(i));
      visitor.wait(5.0 + static_cast<double>(random() % 20));
      const int who = i % 5 == 4 ? read[random() % read.size()] : static_cast<int>(random() % 5000);
      read.push_back(who);
      visitor.browse("/people/" + std::to_string(who));
      after();
      visitor.wait(20.0 + static_cast<double>(random() % 70));
    }
    visitor.wait(2 * 3600);
  }
}

// Ten pages a minute, the fastest in two labelled logs, each of which pulls hundreds of assets.
inline void fast_reader(Visitor& person, std::mt19937&, const AfterPage& after) {
  for (int i = 0; i < 60; ++i) {
    person.browse("/news/" + std::to_string(i), 100);
    after();
    person.wait(6);
  }
}

// Of a list those that look interesting.
inline void reads_by_lists(Visitor& person, std::mt19937&, const AfterPage& after) {
  for (int page = 0; page < 6; ++page) {
    person.browse("/list?page=" + std::to_string(page));
    for (const int place : {0, 3, 4, 8}) {
      person.browse("/people/" + std::to_string(page * 10 + place));
      after();
      person.wait(40);
    }
  }
}

// Four dead links, the most of any person in two labelled logs, and touch icons that are missing.
inline void phone(Visitor& visitor, std::mt19937&, const AfterPage& after) {
  for (int i = 0; i < 20; ++i) {
    visitor.get("/news/" + std::to_string(i), i % 5 == 0 ? 404 : 200);
    after();
    for (const char* size : {"", "-precomposed", "-120x120", "-120x120-precomposed", "-152x152"})
      visitor.get("/apple-touch-icon" + std::string(size) + ".png", 404);
    visitor.get("/favicon.ico", 404);
    visitor.wait(30);
  }
}

// Many behind one address, who meet a dead link now and then.
inline void office(Visitor& visitor, std::mt19937&, const AfterPage& after) {
  for (int i = 0; i < 600; ++i) {
    visitor.browse("/news/" + std::to_string(i));
    after();
    if (i % 20 == 19) visitor.get("/gone/" + std::to_string(i), 404);
    visitor.wait(10);
  }
}

// Writes for a site that runs WordPress.
inline void author(Visitor& visitor, std::mt19937&, const AfterPage& after) {
  for (int i = 0; i < 30; ++i) {
    visitor.get("/wp-login.php");
    visitor.get("/wp-admin/", 302);
    visitor.get("/wp-includes/js/jquery.js");
    after();
    visitor.wait(600);
  }
}

// Reads people off lists, ten opened in tabs at a time, then one after the other.
inline void opens_tabs(Visitor& person, std::mt19937& random, const AfterPage& after) {
  std::lognormal_distribution<double> reading(3.5, 1.0);  // half a minute, widely spread
  for (int list = 1; list <= 8; ++list) {
    person.browse("/people?page=" + std::to_string(list));
    person.wait(reading(random));
    for (int i = 0; i < 10; ++i) {
      person.browse("/people/" + std::to_string(random() % 5000));
      after();
      person.wait(0.6);
    }
    for (int i = 0; i < 10; ++i)
      person.wait(reading(random));
  }
}

inline void reads_one_by_one(Visitor& person, std::mt19937& random, const AfterPage& after) {
  std::lognormal_distribution<double> reading(3.0, 0.9);
  for (int i = 0; i < 80; ++i) {
    person.browse("/people/" + std::to_string(random() % 5000));
    after();
    person.wait(2 + reading(random));
  }
}

// "aaaa" to "zzzz".
inline std::string name(unsigned number) {
  std::string text;
  for (int i = 0; i < 4; ++i, number /= 26)
    text.insert(text.begin(), static_cast<char>('a' + number % 26));
  return text;
}

inline void finds_names(Visitor& person, std::mt19937& random, const AfterPage& after) {
  for (int i = 0; i < 80; ++i) {
    person.browse("/people/" + name(static_cast<unsigned>(random() % 400'000)));
    after();
    person.wait(60);
  }
}

// Watches a film, loads an archive.
inline void loads_much(Visitor& person, std::mt19937&, const AfterPage& after) {
  for (int i = 0; i < 20; ++i) {
    person.bytes = 4'000;
    person.browse("/people/" + std::to_string(i * 7));
    person.bytes = 30'000'000;
    person.get("/assets/film.mp4", 206);
    person.get("/downloads/all-photographs.zip");
    person.person(i);  // with an archive of their own in place of a page
    after();
    person.wait(60);
  }
}

// What people have working for them.
inline void uptime_probe(Visitor& probe, std::mt19937&, const AfterPage& after) {
  for (int i = 0; i < 3000; ++i) {
    probe.person(1);
    after();
    probe.wait(60);
  }
}
inline void feed_reader(Visitor& reader, std::mt19937&, const AfterPage& after) {
  for (int i = 0; i < 3000; ++i) {
    reader.get("/news/feed");
    after();
    reader.wait(60);
  }
}

struct Person {
  std::string_view name;
  void (*visits)(Visitor&, std::mt19937&, const AfterPage&);
};

inline constexpr std::array<Person, 12> kPeople = {{{"power user", power_user},
                                                    {"fast reader", fast_reader},
                                                    {"reads by lists", reads_by_lists},
                                                    {"phone", phone},
                                                    {"office", office},
                                                    {"author", author},
                                                    {"opens tabs", opens_tabs},
                                                    {"reads one by one", reads_one_by_one},
                                                    {"finds names", finds_names},
                                                    {"loads much", loads_much},
                                                    {"uptime probe", uptime_probe},
                                                    {"feed reader", feed_reader}}};

}  // namespace sluice::detection::test
