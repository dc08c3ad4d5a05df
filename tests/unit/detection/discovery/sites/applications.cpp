// SPDX-License-Identifier: Apache-2.0
// Applications: pages that fetch their data from an API, GraphQL by GET, a shop with customers and products.
#include <fmt/format.h>

#include "tests/unit/detection/discovery/sites/site.h"

namespace sluice::detection::sites {
namespace {

Site application_with_api() {
  Builder site("application with API", 31);
  const int page = site.shape("/app/u/{}", Shows::people);
  const int api = site.shape("/api/users/{}", Shows::people);
  const int activity = site.shape("/api/users/{}/activity", Shows::people);
  const int list = site.shape("/api/users?cursor={}", Shows::list);
  const int document = site.shape("/api/documents/{}");
  Random& random = site.random();
  std::vector<std::string> users;
  std::vector<std::string> documents;
  for (int i = 0; i < 400; ++i) {
    users.push_back(random.uuid());
    documents.push_back(random.uuid());
  }
  site.people(240, [&](Visitor& visitor) {
    visitor.open("/app");
    visitor.load("/app/main.3f2a9c.js");
    visitor.load("/api/users?limit=50&cursor=" + random.hex(24), list);
    for (std::size_t i = 0; i < 1 + random.below(5); ++i) {
      const std::string& who = users[random.popular(users.size())];
      visitor.open("/app/u/" + who, page, who);
      visitor.load("/api/users/" + who, api, who);
      visitor.load("/api/users/" + who + "/activity", activity, who);
    }
    for (std::size_t i = 0; i < 1 + random.below(3); ++i)
      visitor.load("/api/documents/" + documents[random.popular(documents.size())], document);
  });
  site.scanners(4);
  return site.done();
}

Site graph() {
  Builder site("GraphQL by GET", 32);
  const int user = site.shape("/graphql?operationName=GetUser&variables={}\"id\":{}", Shows::people);
  const int post = site.shape("/graphql?operationName=GetPost&variables={}\"id\":{}");
  Random& random = site.random();
  site.people(240, [&](Visitor& visitor) {
    visitor.open("/");
    for (std::size_t i = 0; i < 1 + random.below(4); ++i) {
      const std::string who = std::to_string(random.popular(500) + 1);
      visitor.load("/graphql?operationName=GetUser&variables=" + escaped("{\"id\":\"" + who + "\"}"), user,
                   who);
      const std::string what = std::to_string(random.popular(800) + 1);
      visitor.load("/graphql?operationName=GetPost&variables=" + escaped("{\"id\":\"" + what + "\"}"), post);
    }
  });
  site.scanners(4);
  return site.done();
}

Site shop() {
  Builder site("shop", 33);
  const int product = site.shape("/product/{}-{}.html");
  const int category = site.shape("/c/{}");
  const int customer = site.shape("/backend/customers/{}", Shows::people);
  const int search = site.shape("/search?q={}");
  const int order = site.shape("/account/orders/{}");
  const int picture = site.shape("/media/{}.jpg");
  Random& random = site.random();
  std::vector<std::string> products;
  for (int i = 0; i < 800; ++i)
    products.push_back(fmt::format("{}-{}.html", 10'000 + i, joined(title(random), "-")));
  site.people(300, [&](Visitor& visitor) {
    visitor.open("/");
    visitor.open("/c/" + joined(title(random), "-"), category);
    for (std::size_t i = 0; i < 1 + random.below(6); ++i) {
      const std::size_t at = random.popular(products.size());
      visitor.open("/product/" + products[at], product);
      visitor.load("/media/" + std::to_string(10'000 + at) + ".jpg", picture);
    }
    if (random.chance(30)) visitor.open("/search?q=" + joined(title(random), "+"), search);
    if (random.chance(20))
      visitor.open("/account/orders/" + std::to_string(500'000 + random.below(9'000)), order);
    if (random.chance(20)) visitor.post("/cart/add", 200);
  });
  // Those who work there.
  site.people(12, [&](Visitor& visitor) {
    for (int i = 0; i < 30; ++i) {
      const std::string who = std::to_string(random.below(2'000) + 1);
      visitor.open("/backend/customers/" + who, customer, who);
    }
  });
  site.scanners(5);
  return site.done();
}

}  // namespace

void add_applications(std::vector<Site>& sites) {
  sites.push_back(application_with_api());
  sites.push_back(graph());
  sites.push_back(shop());
}

}  // namespace sluice::detection::sites
