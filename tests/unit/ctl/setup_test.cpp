// SPDX-License-Identifier: Apache-2.0
// What `sluicectl setup` makes of nginx's configuration, of logs, and of a configuration that is there.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/setup/config_text.h"
#include "ctl/setup/log_clients.h"
#include "ctl/setup/nginx_config.h"
#include "ctl/setup/proposal.h"

namespace sluice::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto kNginx = R"(# configuration file /etc/nginx/nginx.conf:
user www-data;
events { worker_connections 768; }
http {
  # access_log /commented/out.log;
  log_format long '$remote_addr - ; {not a block} "$request"'
                  ' "$http_user_agent"';
  map $arg_q ${x}y { default nobody; "~^([A-Za-z]+;)$" $1; }
  access_log /var/log/nginx/access.log;
  include /etc/nginx/sites-enabled/*;
}
# configuration file /etc/nginx/sites-enabled/site:
server {
  set_real_ip_from 10.0.0.0/8;
  access_log "/var/log/nginx/long.log" long buffer=64k;
  location / { access_log off; return 200 "a # is no comment; in here"; }
  location /a { access_log /var/log/nginx/access.log combined; }
  location /b { access_log syslog:server=unix:/run/x.sock long; }
  location /c { access_log /var/log/$host.log long; }
}
)";

TEST(NginxConfigTest, FindsLogsAndTheirFormats) {
  const auto config = read_nginx_config(kNginx);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_THAT(config->logs, ElementsAre(NginxLog{"/var/log/nginx/access.log", "combined"},
                                        NginxLog{"/var/log/nginx/long.log", "long"}));
  ASSERT_EQ(config->formats.size(), 1U);
  EXPECT_EQ(config->formats[0].name, "long");
  EXPECT_EQ(config->formats[0].directive,
            "log_format long '$remote_addr - ; {not a block} \"$request\"'\n"
            "                  ' \"$http_user_agent\"';");
  EXPECT_THAT(config->real_ip_from, ElementsAre("10.0.0.0/8"));
  EXPECT_THAT(
      config->remarks,
      ElementsAre(
          HasSubstr("/etc/nginx/sites-enabled/site:3: access_log /var/log/nginx/long.log is buffered"),
          HasSubstr("site:6: access_log syslog:server=unix:/run/x.sock is no file"),
          HasSubstr("site:7: access_log /var/log/$host.log has a name that varies")));
}

TEST(NginxConfigTest, SaysWhereItIsCut) {
  const auto fault = [](const std::string& text) {
    const auto config = read_nginx_config(text);
    return config ? "" : config.error().message();
  };
  EXPECT_EQ(fault("# configuration file /a:\nhttp {\n  server {\n}\n"),
            "/a:4: a block or directive does not end");
  EXPECT_EQ(fault("http { } }"), "nginx -T:1: blocks do not match");
  EXPECT_EQ(fault("a \"b\nc"), "nginx -T:2: a quote does not end");
  EXPECT_EQ(fault(std::string(65, '{')), "nginx -T:1: blocks do not match");
  EXPECT_THAT(fault("a" + std::string(20'000, ' ') + std::string(30'000, 'b') + ";"), "");
  std::string many = "a";
  for (int i = 0; i < 10'001; ++i)
    many += " b";
  EXPECT_EQ(fault(many + ";"), "nginx -T:1: a directive is too long");
  EXPECT_THAT(fault(std::string(kMaxNginxConfig + 1, ' ')), HasSubstr("longer than 4 MiB"));
}

std::string lines(int count, const std::string& address) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += address + " - - [24/Nov/2026:06:07:24 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n";
  return text;
}

TEST(LogClientsTest, FewAddressesAreAProxy) {
  EXPECT_THAT(clients_in(lines(95, "10.0.0.1") + lines(5, "198.51.100.7")).few, ElementsAre("10.0.0.1"));
  EXPECT_THAT(clients_in(lines(60, "10.0.0.1") + lines(40, "10.0.0.2")).few,
              ElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_THAT(clients_in(lines(94, "10.0.0.1") + lines(2, "192.0.2.1") + lines(2, "192.0.2.2") +
                         lines(2, "192.0.2.3"))
                  .few,
              ElementsAre("10.0.0.1", "192.0.2.3"));
  EXPECT_THAT(clients_in(lines(25, "10.0.0.1") + lines(25, "192.0.2.1") + lines(25, "192.0.2.2") +
                         lines(25, "192.0.2.3"))
                  .few,
              IsEmpty());
  EXPECT_THAT(clients_in(lines(49, "10.0.0.1")).few, IsEmpty()) << "too few to tell";
  EXPECT_EQ(clients_in("no address here\n\n" + lines(2, "::1")).lines, 2U);
  EXPECT_EQ(clients_in("Nov 24 06:07:24 lb haproxy[1]: 192.0.2.9:51234 [24/Nov/2026]\n").lines, 1U);
}

TEST(LogClientsTest, KnowsPrivateAddresses) {
  EXPECT_TRUE(is_private("10.1.2.3"));
  EXPECT_TRUE(is_private("172.31.0.1"));
  EXPECT_TRUE(is_private("fd00::1"));
  EXPECT_TRUE(is_private("127.0.0.1"));
  EXPECT_FALSE(is_private("172.32.0.1"));
  EXPECT_FALSE(is_private("192.0.2.1"));
  EXPECT_FALSE(is_private("2001:db8::1"));
  EXPECT_FALSE(is_private("nonsense"));
}

TEST(ConfigTextTest, ChangesOneSettingAndLeavesTheRest) {
  ConfigText config(
      "mode = \"observe\"  # a\n[filter]\n# interfaces = [\"no\"]\ninterfaces = [\"a#b\"] # "
      "why\n\n[x]\ninterfaces = 1\n");
  EXPECT_EQ(config.value("filter", "interfaces"), "[\"a#b\"]");
  EXPECT_EQ(config.value("filter", "ports"), "");
  ASSERT_TRUE(config.set("filter", "interfaces", "[\"eth0\"]"));
  ASSERT_TRUE(config.set("filter", "ports", "[80]"));
  ASSERT_TRUE(config.set("proxies", "trusted", "[]"));
  EXPECT_EQ(config.text(),
            "mode = \"observe\"  # a\n[filter]\nports = [80]\n# interfaces = [\"no\"]\ninterfaces = "
            "[\"eth0\"]  # why\n\n[x]\n"
            "interfaces = 1\n\n[proxies]\ntrusted = []\n");
}

TEST(ConfigTextTest, RefusesWhatItWouldBreak) {
  ConfigText config("[filter]\ninterfaces = [\n  \"eth0\",\n]\n");
  const auto set = config.set("filter", "interfaces", "[]");
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().message(),
            "line 2: filter.interfaces is written over several lines; set it to [] there");
}

Host host_with(std::vector<HostLog> logs) {
  Host host;
  host.interfaces = {{"eth0", {"192.0.2.10"}, true, "virtio_net", 1500, true, ""}};
  host.servers = {"nginx, running"};
  host.logs = std::move(logs);
  return host;
}

constexpr auto kShipped =
    "[filter]\ninterfaces = [\"auto\"]\n\n[protect]\nmanagement = []\n\n[[log]]\n"
    "path = \"/var/log/nginx/access.log\"  # that\nformat = \"combined\"\n\n[proxies]\ntrusted = []\n";

TEST(ProposalTest, WhatFitsIsLeftAsItIs) {
  const auto proposal =
      propose(kShipped, host_with({{"nginx", "/var/log/nginx/access.log", "combined", "", 9, {}}}));
  ASSERT_TRUE(proposal);
  EXPECT_THAT(proposal->reasons, IsEmpty());
  EXPECT_EQ(proposal->text, kShipped);
}

TEST(ProposalTest, SetsWhatItSawOnce) {
  Host host = host_with(
      {{"nginx", "/var/log/nginx/access.log", "nginx", "log_format x '$remote_addr';", 80, {"10.0.0.1"}},
       {"nginx", "/srv/two.log", "combined", "", 9, {}}});
  host.management = "198.51.100.9";
  const auto proposal = propose(kShipped, host);
  ASSERT_TRUE(proposal);
  EXPECT_THAT(proposal->text, HasSubstr("management = [\"198.51.100.9\"]"));
  EXPECT_THAT(proposal->text, HasSubstr("trusted = [\"10.0.0.1\"]"));
  EXPECT_THAT(proposal->text, HasSubstr("[[log]]\npath = \"/var/log/nginx/access.log\"\nformat = \"nginx\"\n"
                                        "pattern = \"log_format x '$remote_addr';\"\n"));
  EXPECT_THAT(proposal->text, HasSubstr("[[log]]\npath = \"/srv/two.log\"\nformat = \"combined\"\n"));
  EXPECT_THAT(proposal->text, Not(HasSubstr("# that")));
  EXPECT_EQ(proposal->reasons.size(), 4U);
  const auto again = propose(proposal->text, host);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->reasons, IsEmpty());
  EXPECT_EQ(again->text, proposal->text);
}

TEST(ProposalTest, LeavesWhatTheOperatorHasSet) {
  const std::string edited =
      "[filter]\ninterfaces = [\"eth7\"]\n[protect]\nmanagement = [\"203.0.113.0/24\"]\n[[log]]\n"
      "path = \"/srv/mine.log\"\nformat = \"common\"\n[proxies]\ntrusted = [\"192.0.2.1\"]\n";
  Host host = host_with({{"nginx", "/srv/mine.log", "combined", "", 80, {"10.0.0.1"}}});
  host.management = "198.51.100.9";
  const auto proposal = propose(edited, host);
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->text, edited);
  EXPECT_THAT(proposal->reasons, IsEmpty());
}

TEST(ProposalTest, APublicProxyIsAskedAfterAndNotTrusted) {
  const auto proposal = propose(
      kShipped, host_with({{"nginx", "/var/log/nginx/access.log", "combined", "", 80, {"192.0.2.77"}}}));
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->text, kShipped);
  EXPECT_THAT(proposal->remarks, ElementsAre(HasSubstr("192.0.2.77: if that is your proxy or CDN")));
}

constexpr auto kWithRoute =
    "[site]\nsoftware = []  # none\n\n# Where people are.\n[[route]]\nname = \"people\"\npattern = "
    "\"/people/{subject}\"\nsensitivity = \"normal\"  # how much\n# space = \"\"\n\n[assets]\nprefixes = []\n"
    "[[log]]\npath = \"/srv/a.log\"\nformat = \"combined\"\n";

TEST(SiteRoutesTest, AreLookedForWhereNobodyHasSaidThem) {
  EXPECT_THAT(logs_to_look_at(kWithRoute), ElementsAre("/srv/a.log"));
  EXPECT_THAT(logs_to_look_at("[[log]]\npath = \"/srv/a.log\"\n"), ElementsAre("/srv/a.log"));
  const auto changed = [](std::string_view from, std::string_view to) {
    std::string text = kWithRoute;
    text.replace(text.find(from), from.size(), to);
    return logs_to_look_at(text);
  };
  EXPECT_THAT(changed("/people/{subject}", "/member/{subject}"), IsEmpty());
  EXPECT_THAT(changed("\"normal\"", "\"high\""), IsEmpty());
  EXPECT_THAT(changed("# space = \"\"", "space = \"x\""), IsEmpty());
  EXPECT_THAT(changed("software = []", "software = [\"phpbb\"]"), IsEmpty());
  EXPECT_THAT(changed("[site]", "include = [\"more.toml\"]\n[site]"), IsEmpty());
  EXPECT_THAT(changed("[assets]", "[[route]]\nname = \"x\"\n[assets]"), IsEmpty());
}

LookAtSite look_with(std::vector<FoundRoute> routes) {
  LookAtSite look;
  look.files = {"/srv/a.log"};
  look.found.requests = 1000;
  look.found.noted = 900;
  look.found.routes = std::move(routes);
  look.found.toml = "# evidence\n[[route]]\nname = \"member\"\npattern = \"/member/{subject}\"\n";
  return look;
}

TEST(SiteRoutesTest, TakeThePlaceOfTheDefaultOne) {
  Proposal proposal;
  proposal.text = kWithRoute;
  propose_routes(look_with({{"/member/{subject}", "page", "by counting", 40, 0.8, true},
                            {"/member", "list", "", 0, 0.5, true},
                            {"/member/{subject}.jpg", "image", "by counting", 40, 0.8, true},
                            {"/thread/{subject}", "page", "by counting", 90, 0.9, false}}),
                 proposal);
  EXPECT_THAT(proposal.text,
              HasSubstr("# Where people are.\n# evidence\n[[route]]\nname = \"member\"\npattern = "
                        "\"/member/{subject}\"\n\n[assets]\n"));
  EXPECT_THAT(proposal.text, Not(HasSubstr("/people/")));
  EXPECT_THAT(
      proposal.reasons,
      ElementsAre("route: /member/{subject} looks like people (about 40 different values, 80 % of the "
                  "visitors, can be guessed by counting)",
                  "route: /member looks like people (50 % of the visitors, a list)"));
  EXPECT_THAT(proposal.remarks, ElementsAre(HasSubstr("evidence, no proof")));
  // From then on they are the operator's.
  EXPECT_THAT(logs_to_look_at(proposal.text), IsEmpty());
}

TEST(SiteRoutesTest, ThereMayBeTooLittleToTell) {
  const auto said = [](const LookAtSite& look) {
    Proposal proposal;
    proposal.text = kWithRoute;
    propose_routes(look, proposal);
    EXPECT_EQ(proposal.text, kWithRoute);
    EXPECT_THAT(proposal.reasons, IsEmpty());
    return proposal.remarks.size() == 1 ? proposal.remarks.front() : "";
  };
  EXPECT_THAT(said({}), HasSubstr("there is no log with lines"));
  LookAtSite look = look_with({{"/thread/{subject}", "page", "by counting", 90, 0.9, false}});
  EXPECT_THAT(said(look), HasSubstr("nothing looks like people in 900 requests for pages in /srv/a.log"));
  look = look_with({{"/member/{subject}", "page", "by counting", 40, 0.8, true}});
  look.found.noted = 199;
  EXPECT_THAT(said(look), HasSubstr("199 requests for pages in /srv/a.log are too few"));
  look.failure = "sluiced: No such file or directory";
  EXPECT_THAT(said(look), HasSubstr("were not looked for (sluiced: No such file or directory)"));
}

TEST(SiteRoutesTest, AreReadAsSluicedSaysThem) {
  const auto routes = read_site_routes(
      R"({"requests":900,"noted":600,"more":{},"routes":[{"pattern":"/u/{subject}","role":"page","values":40.2,)"
      R"("guessed":"hardly","visitors":0.5,"looks_like_people":true,"reasons":[]}],"toml":"[[route]]\n"})"
      "\n");
  ASSERT_TRUE(routes) << routes.error().message();
  EXPECT_EQ(routes->noted, 600U);
  ASSERT_EQ(routes->routes.size(), 1U);
  EXPECT_EQ(routes->routes.front().pattern, "/u/{subject}");
  EXPECT_TRUE(routes->routes.front().looks_like_people);
  EXPECT_EQ(routes->toml, "[[route]]\n");
  EXPECT_FALSE(read_site_routes("nothing"));
  EXPECT_FALSE(read_site_routes(R"({"routes":7})"));
}

}  // namespace
}  // namespace sluice::ctl
