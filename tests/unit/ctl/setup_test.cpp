// SPDX-License-Identifier: Apache-2.0
// What `sluicectl setup` makes of logs, and of a configuration that is there.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/setup/config_text.h"
#include "ctl/setup/log_clients.h"
#include "ctl/setup/proposal.h"

namespace sluice::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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

TEST(ProposalTest, FitsOnlyWhereAllIsKnownAndFollowed) {
  const HostLog log{"nginx", "/var/log/nginx/access.log", "combined", "", 9, {}};
  EXPECT_TRUE(propose(kShipped, host_with({log}))->fits());
  Host host = host_with({log});
  host.unseen = {"somebody"};
  EXPECT_FALSE(propose(kShipped, host)->fits());
  EXPECT_THAT(propose(kShipped, host)->unseen, ElementsAre("somebody"));
  const auto unknown = propose(kShipped, host_with({}));
  EXPECT_FALSE(unknown->fits()) << "nobody is known to write the log that ships";
  EXPECT_THAT(unknown->unseen, ElementsAre(HasSubstr("no web server is known to write it")));
  EXPECT_EQ(unknown->text, kShipped);
}

TEST(ProposalTest, APatternOfFilesHoldsItsLogs) {
  const std::string edited = "[[log]]\npath = \"/var/log/nginx/*.access.log\"\nformat = \"combined\"\n";
  const auto proposal =
      propose(edited, host_with({{"nginx", "/var/log/nginx/a.access.log", "combined", "", 9, {}}}));
  EXPECT_TRUE(proposal->fits());
  EXPECT_EQ(proposal->text, edited);
}

TEST(ProposalTest, ALogThatIsSentIsAskedAfterUnlessSluiceListensThere) {
  HostLog log{"HAProxy", "", "haproxy", "", 0, {}};
  log.listen = "udp:127.0.0.1:514";
  log.headers = {"host", "user-agent"};
  const auto open = propose("", host_with({log}));
  EXPECT_THAT(
      open->unseen,
      ElementsAre(HasSubstr(
          "listen = \"udp:127.0.0.1:514\", format = \"haproxy\", headers = [\"host\", \"user-agent\"]")));
  EXPECT_THAT(open->reasons, IsEmpty());
  const auto taken =
      propose("[[log]]\nlisten = \"udp:127.0.0.1:514\"\nformat = \"haproxy\"\n", host_with({log}));
  EXPECT_TRUE(taken->fits());
}

TEST(ProposalTest, FurtherPortsAreAdded) {
  Host host = host_with({{"nginx", "/var/log/nginx/access.log", "combined", "", 9, {}}});
  host.ports = {80, 81, 8443};
  const auto proposal = propose(kShipped, host);
  EXPECT_THAT(proposal->text, HasSubstr("ports = [80, 81, 443, 8443]"));
  EXPECT_THAT(proposal->reasons,
              ElementsAre(HasSubstr("filter.ports: the web servers listen at 81, 8443 too")));
  EXPECT_TRUE(propose(proposal->text, host)->fits());
  host.ports.push_back(9443);
  const auto own = propose(proposal->text, host);
  EXPECT_THAT(own->unseen, ElementsAre(HasSubstr("listen at 9443 too, where nobody can be blocked")))
      << "the operator's own list is left alone";
  EXPECT_EQ(own->text, proposal->text);
  EXPECT_TRUE(
      propose("[filter]\nscope = \"all\"\n[[log]]\npath = \"/var/log/nginx/access.log\"\n", host)->fits());
}

TEST(ProposalTest, ProxiesOfTheWebServerAreTrusted) {
  Host host = host_with({{"nginx", "/var/log/nginx/access.log", "combined", "", 9, {}}});
  host.trusted = {"192.0.2.0/24", "2001:db8::/32", "unix:", "192.0.2.0/24", "0.0.0.0/0", "cdn.example"};
  const auto proposal = propose(kShipped, host);
  EXPECT_THAT(proposal->text, HasSubstr("trusted = [\"192.0.2.0/24\", \"2001:db8::/32\"]"));
  EXPECT_THAT(proposal->reasons,
              ElementsAre(HasSubstr("from a header that 192.0.2.0/24, 2001:db8::/32 sends")));
  EXPECT_THAT(proposal->remarks, ElementsAre(HasSubstr("0.0.0.0/0: anybody may say there who he is"),
                                             HasSubstr("cdn.example, which is no network"),
                                             HasSubstr("log $realip_remote_addr too")));
  const auto again = propose(proposal->text, host);
  EXPECT_THAT(again->reasons, IsEmpty());
  EXPECT_EQ(again->text, proposal->text);
  const auto own = propose(
      "[proxies]\ntrusted = [\"192.0.2.0/24\"]\n[[log]]\npath = \"/var/log/nginx/access.log\"\n", host);
  EXPECT_THAT(own->remarks, testing::Contains(HasSubstr("it does not name all of them")));
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

TEST(SiteRoutesTest, ReadyMadeSitesAreNamedWhereTheSoftwareIsClear) {
  Proposal proposal;
  proposal.text = kWithRoute;
  LookAtSite look = look_with({{"/member/{subject}", "page", "by counting", 40, 0.8, true}});
  look.found.software = {{"phpbb", true, false, 0.8, {"/viewtopic.php?t=*", "/viewforum.php?f=*"}},
                         {"wordpress", true, false, 0.1, {"/wp-content/**", "/wp-login.php"}},
                         {"smf", false, false, 0.02, {"/Smileys/**"}}};
  propose_routes(look, proposal);
  EXPECT_THAT(proposal.text, HasSubstr("software = [\"phpbb\", \"wordpress\"]  # none\n"));
  EXPECT_THAT(proposal.text, Not(HasSubstr("[[route]]"))) << "neither the default one nor bare ones";
  EXPECT_THAT(proposal.text, HasSubstr("# The routes are those of the ready-made sites phpbb, wordpress"));
  EXPECT_THAT(
      proposal.reasons,
      ElementsAre(HasSubstr("site.software: phpbb (80 % of the requests; it alone has /viewtopic.php?t=*, "),
                  HasSubstr("site.software: wordpress (10 % of the requests")));
  EXPECT_THAT(proposal.remarks,
              ElementsAre(HasSubstr("a few URLs look like those of smf"), HasSubstr("evidence, no proof")));
  EXPECT_THAT(logs_to_look_at(proposal.text), IsEmpty()) << "it is the operator's from then on";
  Proposal early;
  early.text = kWithRoute;
  look.found.noted = 199;
  propose_routes(look, early);
  EXPECT_EQ(early.text, kWithRoute) << "too few requests";
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
      R"("guessed":"hardly","visitors":0.5,"looks_like_people":true,"reasons":[]}],"toml":"[[route]]\n",)"
      R"("software":[{"name":"phpbb","clear":true,"in_force":false,"share":0.5,"markers":["/viewforum.php?f=*"]}]})"
      "\n");
  ASSERT_TRUE(routes) << routes.error().message();
  EXPECT_EQ(routes->noted, 600U);
  ASSERT_EQ(routes->routes.size(), 1U);
  EXPECT_EQ(routes->routes.front().pattern, "/u/{subject}");
  EXPECT_TRUE(routes->routes.front().looks_like_people);
  EXPECT_EQ(routes->toml, "[[route]]\n");
  ASSERT_EQ(routes->software.size(), 1U);
  EXPECT_TRUE(routes->software.front().clear);
  EXPECT_FALSE(read_site_routes("nothing"));
  EXPECT_FALSE(read_site_routes(R"({"routes":7})"));
}

}  // namespace
}  // namespace sluice::ctl
