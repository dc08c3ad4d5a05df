// SPDX-License-Identifier: Apache-2.0
// What `sluicectl setup` reads in the configurations of web servers.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/setup/apache_config.h"
#include "ctl/setup/caddy_config.h"
#include "ctl/setup/haproxy_config.h"
#include "ctl/setup/nginx_config.h"

namespace sluice::ctl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ServerLog file_log(std::string path, std::string format, std::string pattern = {}) {
  return {LogTarget::file, std::move(path), std::move(format), std::move(pattern), {}, {}};
}

std::vector<std::uint16_t> ports_of(std::string_view listen) {
  std::vector<std::uint16_t> ports;
  add_listen(listen, 80, ports);
  return ports;
}

TEST(ListenTest, ReadsWhatEachServerWrites) {
  EXPECT_THAT(ports_of("8443"), ElementsAre(8443));
  EXPECT_THAT(ports_of("[::]:81"), ElementsAre(81));
  EXPECT_THAT(ports_of("[2001:db8::1]"), ElementsAre(80));
  EXPECT_THAT(ports_of("192.0.2.1"), ElementsAre(80));
  EXPECT_THAT(ports_of("*:80,192.0.2.2:8080"), ElementsAre(80, 8080));
  EXPECT_THAT(ports_of("tcp/:8080-8082"), ElementsAre(8080, 8081, 8082));
  EXPECT_THAT(ports_of("ipv6@:::443"), ElementsAre(443));
  EXPECT_THAT(ports_of("www.example.org:444"), ElementsAre(444));
}

TEST(ListenTest, PassesOverWhatOnlyThisHostReachesAndWhatIsNoPort) {
  for (const char* text : {"127.0.0.1:8080", "localhost:8080", "[::1]:8080", "unix:/run/x", "unix/run/x",
                           "/run/x", "abns@x", "fd@3", "unix@/run/x", "*:0", "*:65536", "*:$port", "[::", ""})
    EXPECT_THAT(ports_of(text), IsEmpty()) << text;
  EXPECT_EQ(ports_of(":1-65535").size(), kMaxServerPorts);
}

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
http {
server {
  listen 8443 ssl;
  listen [::]:81;
  listen 127.0.0.1:9000;
  server_name a.example b.example;
  set_real_ip_from 10.0.0.0/8;
  access_log "/var/log/nginx/long.log" long buffer=64k;
  location / { access_log off; return 200 "a # is no comment; in here"; }
  location ~ \.(css|js)$ { access_log off; }
  location /a { access_log /var/log/nginx/access.log combined; }
  location /b { access_log syslog:server=unix:/run/x.sock long; }
  location /c { access_log /var/log/$host.log long; }
  location /d { content_by_lua_block { if x then ngx.say("it's {}") end } }
}
server { server_name c.example; }
}
stream { server { listen 5432; } }
)";

TEST(NginxConfigTest, FindsLogsTheirFormatsPortsAndProxies) {
  const auto config = read_nginx_config(kNginx);
  ASSERT_TRUE(config) << config.error().message();
  constexpr auto kLong =
      "log_format long '$remote_addr - ; {not a block} \"$request\"'\n"
      "                  ' \"$http_user_agent\"';";
  EXPECT_THAT(config->logs,
              ElementsAre(file_log("/var/log/nginx/access.log", "combined"),
                          file_log("/var/log/nginx/long.log", "nginx", kLong),
                          ServerLog{LogTarget::sent, "unix:/run/x.sock", "nginx", kLong, {}, {}}));
  EXPECT_THAT(config->ports, ElementsAre(80, 81, 8443)) << "a server without listen has port 80";
  EXPECT_THAT(config->trusted, ElementsAre("10.0.0.0/8"));
  EXPECT_THAT(config->remarks,
              ElementsAre(HasSubstr("site:8: access_log /var/log/nginx/long.log is buffered")));
  EXPECT_THAT(
      config->unseen,
      ElementsAre(HasSubstr("site:9: access_log off in server a.example, location /: whoever reads there"),
                  HasSubstr("site:13: access_log /var/log/$host.log has a name that varies")));
}

TEST(NginxConfigTest, NamesServersThatAreSwitchedOffForAll) {
  const auto config = read_nginx_config(
      "http { access_log off; server { server_name a; access_log /a.log; } server { server_name b; } }");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->logs, ElementsAre(file_log("/a.log", "combined")));
  EXPECT_THAT(config->unseen, ElementsAre(HasSubstr("server b: access_log off stands for all servers")));
}

TEST(NginxConfigTest, LogsByItselfWhereNothingSaysSo) {
  const auto config = read_nginx_config("http { server { listen 80 proxy_protocol; } }");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->logs, ElementsAre(file_log("/var/log/nginx/access.log", "combined")));
  EXPECT_THAT(config->remarks, ElementsAre(HasSubstr("connections come from a proxy")));
}

TEST(NginxConfigTest, AFormatThatIsNotThereIsNamed) {
  const auto config = read_nginx_config("http { access_log /a.log own; access_log /b.log; }");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->logs, ElementsAre(file_log("/b.log", "combined")));
  EXPECT_THAT(config->unseen, ElementsAre("/a.log: there is no log_format own"));
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
  EXPECT_EQ(fault("x_by_lua_block { {"), "nginx -T:1: a block or directive does not end");
  EXPECT_THAT(fault("a" + std::string(20'000, ' ') + std::string(30'000, 'b') + ";"), "");
  std::string many = "a";
  for (int i = 0; i < 10'001; ++i)
    many += " b";
  EXPECT_EQ(fault(many + ";"), "nginx -T:1: a directive is too long");
  EXPECT_THAT(fault(std::string(kMaxServerConfig + 1, ' ')), HasSubstr("longer than 4 MiB"));
}

constexpr auto kHaproxy = R"(global
    log /dev/log local0
    log /dev/log local1 notice   # no request is that grave
defaults
    mode http
    log global
    option httplog
frontend www
    bind *:80,[::]:80 v4v6
    bind :8443 ssl crt "/etc/ssl/a b.pem" accept-proxy
    capture request header Host len 128
    http-request capture req.hdr(User-Agent) len 512
    capture response header X-Sluice-Subjects len 2048
frontend inside
    bind 127.0.0.1:9000
    no log
frontend db
    mode tcp
    bind :5432
backend web
    server a 127.0.0.1:8080
)";

Result<ServerConfig> haproxy(const std::string& text) {
  return read_haproxy_config(text, "h.cfg");
}

TEST(HaproxyConfigTest, FindsWhereEachFrontendLogs) {
  const auto config = haproxy(kHaproxy);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_THAT(config->logs,
              ElementsAre(ServerLog{
                  LogTarget::syslog, "", "haproxy", "", {"host", "user-agent"}, {"x-sluice-subjects"}}));
  EXPECT_THAT(config->ports, ElementsAre(80, 8443));
  EXPECT_THAT(config->remarks, ElementsAre(HasSubstr("h.cfg:10: bind :8443 accept-proxy")));
  EXPECT_THAT(config->unseen, ElementsAre(HasSubstr("h.cfg:17: frontend db: mode tcp")));
}

TEST(HaproxyConfigTest, NamesWhatNobodyReads) {
  const auto unseen = [](const std::string& lines) {
    const auto config =
        haproxy("defaults d\n mode http\n option httplog\nfrontend f from d\n bind :80\n" + lines);
    return config && config->logs.empty() && config->unseen.size() == 1 ? config->unseen.front()
                                                                        : std::string("otherwise");
  };
  EXPECT_THAT(unseen(""), HasSubstr("h.cfg:4: frontend f: logs no request anywhere"));
  EXPECT_THAT(unseen(" log /dev/log local0 notice\n"), HasSubstr("logs no request anywhere"));
  EXPECT_THAT(unseen(" log ring@r local0\n"), HasSubstr("goes to ring@r in memory"));
  EXPECT_THAT(unseen(" log stdout format raw local0\n option tcplog\n"), HasSubstr("write `option httplog`"));
}

TEST(HaproxyConfigTest, KnowsTheKindsOfPlaces) {
  const auto log = [](const std::string& line) {
    const auto config = haproxy("frontend f\n mode http\n option httpslog\n bind :80\n " + line + "\n");
    return config && config->logs.size() == 1 ? config->logs.front() : ServerLog{};
  };
  EXPECT_EQ(log("log stdout format raw local0 info").target, LogTarget::output);
  EXPECT_EQ(log("log 192.0.2.1 local0").place, "udp:192.0.2.1:514");
  EXPECT_EQ(log("log udp4@192.0.2.1:5514 len 8192 local0").place, "udp:192.0.2.1:5514");
  EXPECT_EQ(log("log /run/sluice/log.sock local0").place, "unix:/run/sluice/log.sock");
  EXPECT_EQ(log("log /dev/log local0\n log-format \"%ci %{+Q}r # \\\"x\"").pattern, "%ci %{+Q}r # \"x");
}

TEST(HaproxyConfigTest, FrontendsThatLogDifferentlyToOnePlaceAreNamed) {
  const auto config = haproxy(
      "global\n log /dev/log local0\ndefaults\n mode http\n log global\n option httplog\n"
      "frontend a\n bind :80\n capture request header Host len 9\nfrontend b\n bind :81\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->logs.size(), 1U);
  EXPECT_THAT(config->unseen,
              ElementsAre(HasSubstr("frontend b: logs to the same place as another frontend")));
}

TEST(HaproxyConfigTest, BrokenTextHasAClearError) {
  const auto fault = [](const std::string& text) {
    const auto config = haproxy(text);
    return config ? "" : config.error().message();
  };
  EXPECT_EQ(fault("\n bind :80\n"), "h.cfg:2: a setting stands before any section");
  EXPECT_EQ(fault("global\n log \"x\n"), "h.cfg:2: a quote does not end");
  EXPECT_EQ(fault(std::string(kMaxServerConfig + 1, '\n')), "h.cfg: longer than 4 MiB");
  std::string many;
  for (int i = 0; i < 10'001; ++i)
    many += "backend x\n";
  EXPECT_EQ(fault(many), "h.cfg:10001: there are too many sections");
  EXPECT_EQ(fault("global\n x" + std::string(100'000, ' ') + std::string(100, 'y') + "\n"), "");
}

// Two sites with logs of their own, one by the default logger, one switched off.
constexpr auto kCaddy = R"({"admin":{"listen":"localhost:2020"},"logging":{"logs":{
  "default":{"exclude":["http.log.access.log0"]},
  "log0":{"writer":{"output":"file","filename":"/var/log/caddy/a.log"},"include":["http.log.access.log0"]}}},
  "apps":{"http":{"servers":{
    "srv0":{"listen":[":443"],"logs":{"logger_names":{"a.example":"log0","b.example":""},"skip_hosts":["c.example"]},
            "trusted_proxies":{"source":"static","ranges":["192.0.2.0/24"]}},
    "srv1":{"listen":["localhost:9000"]},
    "srv2":{"listen":["tcp/:8443"]}}}}})";

TEST(CaddyConfigTest, FindsWhichServerLogsWhere) {
  const auto config = read_caddy_config(kCaddy);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->admin, "localhost:2020");
  EXPECT_THAT(config->server.logs, ElementsAre(file_log("/var/log/caddy/a.log", "json", "caddy"),
                                               ServerLog{LogTarget::output, "", "json", "caddy", {}, {}}));
  EXPECT_THAT(config->server.ports, ElementsAre(443, 8443));
  EXPECT_THAT(config->server.trusted, ElementsAre("192.0.2.0/24"));
  EXPECT_THAT(config->server.unseen,
              ElementsAre(HasSubstr("srv0 (:443): c.example has no access log"),
                          HasSubstr("srv2 (tcp/:8443): no access log: whoever reads there is not seen")));
}

TEST(CaddyConfigTest, NamesLogsThatCannotBeRead) {
  const auto read = [](const std::string& log) {
    const auto config =
        read_caddy_config(R"({"logging":{"logs":{"default":)" + log +
                          R"(}},"apps":{"http":{"servers":{"s":{"listen":[":80"],"logs":{}}}}}})");
    return config ? config->server : ServerConfig();
  };
  EXPECT_THAT(read("{}").logs, ElementsAre(ServerLog{LogTarget::output, "", "json", "caddy", {}, {}}));
  EXPECT_THAT(read(R"({"level":"ERROR"})").unseen, ElementsAre(HasSubstr("has level ERROR")));
  EXPECT_THAT(read(R"({"encoder":{"format":"console"}})").unseen,
              ElementsAre(AllOf(HasSubstr("log default has format console"), HasSubstr("format json"))));
  EXPECT_THAT(read(R"({"writer":{"output":"discard"}})").unseen,
              ElementsAre(HasSubstr("goes to output discard")));
  EXPECT_THAT(read(R"({"writer":{"output":"net","address":"h:1"}})").unseen,
              ElementsAre(HasSubstr("goes to output net h:1")));
  const ServerConfig masked = read(
      R"({"encoder":{"format":"filter","fields":{"request>remote_ip":{"filter":"ip_mask"}},"wrap":{"format":"json"}}})");
  EXPECT_THAT(masked.unseen, ElementsAre(HasSubstr("changes request>remote_ip (ip_mask)")));
  EXPECT_EQ(masked.logs.size(), 1U);
}

TEST(CaddyConfigTest, OddJsonIsNoFault) {
  for (
      const char* text :
      {R"({"apps":7})", R"({"apps":{"http":{"servers":{"s":[]}}}})",
       R"({"apps":{"http":{"servers":{"s":{"listen":[7,":80"],"logs":{"logger_names":[1]}}}}},"logging":{"logs":[]}})",
       R"({"admin":{"disabled":true}})"})
    EXPECT_TRUE(read_caddy_config(text)) << text;
  EXPECT_EQ(read_caddy_config(R"({"admin":{"disabled":true}})")->admin, "");
  for (const std::string& text :
       {std::string("[]"), std::string("{"), std::string("{\"a\":" + std::string(200, '[')),
        std::string(kMaxServerConfig + 1, ' ')})
    EXPECT_THAT(read_caddy_config(text).error().message(), HasSubstr("configuration of Caddy"));
}

Result<ApacheConfig> apache(const std::string& text) {
  return read_apache_config({{"/a.conf", text}}, {{"APACHE_LOG_DIR", "/var/log/apache2"}});
}

TEST(ApacheConfigTest, FindsLogsAndTheirFormats) {
  const auto config = read_apache_config(
      {{"/etc/apache2/apache2.conf",
        "ServerRoot \"/etc/apache2\"\nLogFormat \"%h %l %u %t \\\"%r\\\" %>s %O \\\"%{Referer}i\\\" "
        "\\\"%{User-Agent}i\\\"\" combined\nLogFormat \"%a %t \\\"%r\\\" %>s\" own\n"},
       {"/etc/apache2/mods-enabled/ssl.load", "LoadModule ssl_module mod_ssl.so\n"},
       {"/etc/apache2/ports.conf",
        "Listen 80\n<IfModule ssl_module>\n\tListen [::]:8443 https\n</IfModule>\n<IfModule mod_gnutls.c>\n"
        "Listen 444\n</IfModule>\nListen 127.0.0.1:9000\n"},
       {"/etc/apache2/sites-enabled/a.conf",
        "# CustomLog /no.log combined\n<VirtualHost *:80>\nCustomLog ${APACHE_LOG_DIR}/a.log combined\n"
        "customlog logs/b.log \\\n  own env=!quiet\n</VirtualHost>\n<VirtualHost *:81>\n</VirtualHost>\n"
        "RemoteIPTrustedProxy 192.0.2.0/24 2001:db8::/32\nRemoteIPTrustedProxyList conf/more.txt\n"}},
      {{"APACHE_LOG_DIR", "/var/log/apache2"}});
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_THAT(config->server.logs,
              ElementsAre(file_log("/var/log/apache2/a.log", "combined"),
                          file_log("/etc/apache2/logs/b.log", "apache", "%a %t \"%r\" %>s")));
  EXPECT_THAT(config->server.ports, ElementsAre(80, 8443));
  EXPECT_THAT(config->server.trusted, ElementsAre("192.0.2.0/24", "2001:db8::/32"));
  EXPECT_THAT(config->proxy_lists, ElementsAre("/etc/apache2/conf/more.txt"));
  EXPECT_THAT(config->server.remarks,
              ElementsAre(HasSubstr("a.conf:5: customlog logs/b.log leaves requests out")));
  EXPECT_THAT(config->server.unseen, ElementsAre(HasSubstr("a.conf:7: VirtualHost *:81 has no CustomLog")));
}

TEST(ApacheConfigTest, NamesWhatNobodyReads) {
  const auto unseen = [](const std::string& text) {
    const auto config = apache(text);
    return config && config->server.logs.empty() && config->server.unseen.size() == 1
               ? config->server.unseen.front()
               : std::string("otherwise");
  };
  EXPECT_THAT(unseen("Listen 80\n"), HasSubstr("Apache has no CustomLog"));
  EXPECT_THAT(unseen("CustomLog \"|/usr/bin/rotatelogs /x 86400\" common\n"), HasSubstr("goes to a program"));
  EXPECT_THAT(unseen("CustomLog ${NOWHERE}/x common\n"), HasSubstr("has a variable that only Apache knows"));
  EXPECT_THAT(unseen("CustomLog /x own\n"), HasSubstr("/a.conf:1: /x: there is no LogFormat own"));
}

TEST(ApacheConfigTest, BrokenTextHasAClearError) {
  const auto fault = [](const std::string& text) {
    const auto config = apache(text);
    return config ? "" : config.error().message();
  };
  EXPECT_EQ(fault("<VirtualHost *:80>\n"), "/a.conf:1: a section does not end");
  EXPECT_EQ(fault("\n</VirtualHost>\n"), "/a.conf:2: sections do not match");
  std::string deep;
  for (int i = 0; i < 65; ++i)
    deep += "<If x>\n";
  EXPECT_EQ(fault(deep), "/a.conf:65: sections are too deep");
  EXPECT_THAT(fault(std::string(kMaxServerConfig + 1, '#')), HasSubstr("longer than 4 MiB"));
  EXPECT_EQ(fault("\\"), "");
  EXPECT_EQ(fault("<\n</\n"), "");
}

TEST(ApacheConfigTest, KnowsTheFilesThatApacheLists) {
  EXPECT_THAT(apache_files_in("Included configuration files:\n  (*) /etc/apache2/apache2.conf\n"
                              "    (146) /etc/apache2/mods-enabled/mime.load\nSyntax OK\n"),
              ElementsAre("/etc/apache2/apache2.conf", "/etc/apache2/mods-enabled/mime.load"));
}

}  // namespace
}  // namespace sluice::ctl
