// SPDX-License-Identifier: Apache-2.0
// Directories of people: numbers with lists and portraits, names in another language, numbers before names,
// two parts, a weblog with authors.
#include <fmt/format.h>

#include "tests/unit/detection/discovery/sites/site.h"

namespace sluice::detection::sites {
namespace {

std::vector<std::string> titles_of(Random& random, std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back(joined(title(random), "-"));
  return all;
}

Site directory_with_portraits() {
  Builder site("directory with portraits", 21);
  const int list = site.shape("/people?page={}", Shows::list);
  const int person = site.shape("/people/{}", Shows::people);
  const int photos = site.shape("/people/{}/photos", Shows::people);
  const int portrait = site.shape("/people/{}.jpg", Shows::picture);
  const int news = site.shape("/news/{}");
  Random& random = site.random();
  const auto articles = titles_of(random, 150);
  constexpr std::size_t kPeople = 900;
  constexpr std::size_t kOnPage = 20;
  const auto read_list = [&](Visitor& visitor, std::size_t page, std::size_t most) {
    const std::string target = "/people?page=" + std::to_string(page + 1);
    visitor.open(target, list);
    visitor.load("/assets/style.css");
    for (std::size_t i = 0; i < kOnPage; ++i) {
      const std::string who = std::to_string(page * kOnPage + i + 1);
      visitor.load("/people/" + who + ".jpg", portrait, who);
    }
    for (std::size_t i = 0; i < most; ++i) {
      const std::size_t at = most == kOnPage ? i : random.below(kOnPage);
      const std::string who = std::to_string(page * kOnPage + at + 1);
      visitor.back_to(target);
      visitor.open("/people/" + who, person, who);
      visitor.load("/people/" + who + ".jpg", portrait, who);
      if (random.chance(20)) visitor.open("/people/" + who + "/photos", photos, who);
    }
  };
  site.people(240, [&](Visitor& visitor) {
    visitor.open("/");
    if (random.chance(60)) read_list(visitor, random.popular(kPeople / kOnPage), 1 + random.below(3));
    for (std::size_t i = 0; i < 1 + random.below(3); ++i)
      visitor.open("/news/" + articles[random.popular(articles.size())], news);
  });
  site.robots(3, [&](Visitor& visitor) {
    for (std::size_t page = 0; page < kPeople / kOnPage; ++page)
      read_list(visitor, page, kOnPage);
  });
  site.scanners(5);
  return site.done();
}

Site staff_in_german() {
  Builder site("staff in German", 22);
  const int person = site.shape("/mitarbeiter/{}.html", Shows::people);
  const int product = site.shape("/produkte/{}.html");
  const int news = site.shape("/aktuelles/{}/{}");
  Random& random = site.random();
  std::vector<std::string> staff;
  for (int i = 0; i < 120; ++i)
    staff.push_back(escaped(given_name(random) + "-" + family_name(random)));
  const auto products = titles_of(random, 90);
  site.people(220, [&](Visitor& visitor) {
    visitor.open("/");
    for (std::size_t i = 0; i < 1 + random.below(3); ++i) {
      const std::string& who = staff[random.popular(staff.size())];
      visitor.open("/mitarbeiter/" + who + ".html", person, who);
    }
    visitor.open("/produkte/" + products[random.popular(products.size())] + ".html", product);
    visitor.open(fmt::format("/aktuelles/{}/{}", 2019 + random.below(7), products[random.below(90)]), news);
    if (random.chance(20)) visitor.open("/impressum.html");
  });
  site.scanners(4);
  return site.done();
}

Site numbers_before_names() {
  Builder site("numbers before names", 23);
  const int person = site.shape("/{}-{}.html", Shows::people);
  Random& random = site.random();
  std::vector<std::pair<std::string, std::string>> all;
  for (int i = 0; i < 600; ++i) {
    const std::string number = std::to_string(1000 + i * 3);
    all.emplace_back(number,
                     number + "-" + escaped(given_name(random) + "-" + family_name(random)) + ".html");
  }
  site.people(240, [&](Visitor& visitor) {
    visitor.open("/");
    for (std::size_t i = 0; i < 1 + random.below(5); ++i) {
      const auto& [who, target] = all[random.popular(all.size())];
      visitor.open("/" + target, person, who);
    }
    if (random.chance(30)) visitor.open("/kontakt.html");
    if (random.chance(30)) visitor.open("/agb.html");
  });
  site.scanners(4);
  return site.done();
}

Site two_parts() {
  Builder site("two parts", 24);
  const int member = site.shape("/org/{}/member/{}", Shows::people);
  const int org = site.shape("/org/{}");
  const int invoice = site.shape("/org/{}/invoice/{}");
  Random& random = site.random();
  site.people(260, [&](Visitor& visitor) {
    for (std::size_t i = 0; i < 1 + random.below(4); ++i) {
      const std::size_t at = random.popular(60) + 1;
      visitor.open("/org/" + std::to_string(at), org);
      for (std::size_t k = 0; k < 1 + random.below(4); ++k) {
        const std::size_t who = random.below(40) + 1;
        visitor.open(fmt::format("/org/{}/member/{}", at, who), member, fmt::format("{}/{}", at, who));
      }
      visitor.open(fmt::format("/org/{}/invoice/{}", at, random.below(3000) + 1), invoice);
    }
  });
  site.scanners(4);
  return site.done();
}

Site weblog() {
  Builder site("weblog", 25);
  const int author = site.shape("/author/{}", Shows::people);
  const int by_number = site.shape("/?author={}", Shows::people);
  const int post = site.shape("/{}/{}/{}");
  const int tag = site.shape("/tag/{}");
  const int older = site.shape("/page/{}");
  Random& random = site.random();
  std::vector<std::string> authors;
  for (int i = 0; i < 60; ++i)
    authors.push_back(random.chance(50) ? account_name(random) : given_name(random));
  for (std::string& name : authors)
    name = escaped(name);
  const auto posts = titles_of(random, 300);
  site.people(280, [&](Visitor& visitor) {
    visitor.open("/");
    for (std::size_t i = 0; i < 1 + random.below(5); ++i) {
      const std::size_t at = random.popular(posts.size());
      visitor.open(fmt::format("/{}/{:02}/{}/", 2015 + at % 11, at % 12 + 1, posts[at]), post);
    }
    if (random.chance(50)) {
      const std::string& who = authors[random.popular(authors.size())];
      visitor.open("/author/" + who + "/", author, who);
    }
    if (random.chance(40)) visitor.open("/tag/" + escaped(family_name(random)) + "/", tag);
    if (random.chance(20)) visitor.open("/page/" + std::to_string(random.below(30) + 2) + "/", older);
    if (random.chance(10)) visitor.post("/wp-login.php");
  });
  site.robots(3, [&](Visitor& visitor) {
    for (std::size_t i = 1; i <= 60; ++i)
      visitor.open("/?author=" + std::to_string(i), by_number, authors[i - 1]);
  });
  site.scanners(5);
  return site.done();
}

}  // namespace

void add_directories(std::vector<Site>& sites) {
  sites.push_back(directory_with_portraits());
  sites.push_back(staff_in_german());
  sites.push_back(numbers_before_names());
  sites.push_back(two_parts());
  sites.push_back(weblog());
}

}  // namespace sluice::detection::sites
