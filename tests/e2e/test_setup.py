# SPDX-License-Identifier: Apache-2.0
"""`sluicectl setup` on hosts with real web servers: what it sees, proposes, and writes, and what it leaves alone."""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

import case
from lab.filter import TOP, Answer, sluicectl, sluiced
from lab.lab import Lab
from lab.network import GATEWAY_V4, Network
from lab.wait import wait_until


class _Host(unittest.TestCase):
    """A shipped configuration in a folder of its own, and `sluicectl setup` for it in the namespace of the web server."""

    network = None

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = os.path.join(self.folder, "sluice.toml")
        shutil.copy(os.path.join(TOP, "config", "sluice.toml"), self.file)
        self.shipped = self.text()

    def text(self):
        with open(self.file, encoding="utf-8") as file:
            return file.read()

    def setup(self, *options, ssh="198.51.100.9 40000 192.0.2.10 22"):
        path = f"{os.path.dirname(sluiced())}:{os.environ['PATH']}"
        command = self.network.server.command(sluicectl(), "setup", "--file", self.file, *options)
        return Answer(subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                                     env={**os.environ, "PATH": path, "SSH_CONNECTION": ssh}))

    def see(self):
        answer = self.setup("--json")
        self.assertEqual(answer.status, 0, answer)
        return answer.json()

    def assertSaid(self, sentences, *words):
        self.assertTrue(any(all(word in sentence for word in words) for sentence in sentences), (words, sentences))


class Setup(_Host, case.LabCase):
    start = False

    def test_it_sees_the_host_and_writes_nothing_unasked(self):
        answer = self.setup("--json")
        self.assertEqual(answer.status, 0, answer)
        said = answer.json()
        (interface,) = (row for row in said["interfaces"] if row["name"] == "web0")
        self.assertEqual((interface["driver"], interface["default_route"], interface["native_likely"], interface["mtu"]),
                         ("veth", True, True, 1500))
        self.assertIn("192.0.2.10", interface["addresses"])
        self.assertIn("nginx, running", said["servers"])
        log = self.nginx.access_log
        self.assertEqual([(row["path"], row["format"]) for row in said["logs"] if row["server"] == "nginx"], [(log, "combined")])
        self.assertEqual((said["management"], said["changed"], said["written"]), ("198.51.100.9", True, False))
        self.assertEqual(self.text(), self.shipped)
        self.assertEqual(os.listdir(self.folder), ["sluice.toml"])
        with self.subTest("for people, with the difference"):
            answer = self.setup()
            self.assertEqual(answer.status, 0, answer)
            for line in (f'+path = "{log}"', '-path = "/var/log/nginx/access.log"', '+management = ["198.51.100.9"]',
                         "Nothing was written; --yes writes without asking."):
                self.assertIn(line, answer.out)
            self.assertEqual(self.text(), self.shipped)

    def test_what_it_writes_is_valid_and_what_was_there_is_kept(self):
        answer = self.setup("--yes")
        self.assertEqual(answer.status, 0, answer)
        (kept,) = glob.glob(self.file + ".*")
        with open(kept, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.shipped)
        checked = subprocess.run([sluiced(), "check-config", "--effective", self.file], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked)
        self.assertIn('protect.management = ["198.51.100.9"]', checked.stdout)
        self.assertIn(self.nginx.access_log, checked.stdout)
        with self.subTest("once"):
            written = self.text()
            answer = self.setup("--yes")
            self.assertIn("fits this host already", answer.out)
            self.assertEqual((self.text(), len(glob.glob(self.file + ".*"))), (written, 1))

    def test_what_is_set_is_left_alone_and_a_fault_stays_the_operators(self):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write('[filter]\ninterfaces = ["eth7"]\nnonsense = 1\n')
        before = self.text()
        answer = self.setup("--yes")
        self.assertRefused(answer, "nothing was written", "nonsense")
        self.assertEqual(self.text(), before)
        self.assertEqual(os.listdir(self.folder), ["sluice.toml"])

    def test_it_offers_the_routes_of_the_site(self):
        for visitor in range(1, 31):
            for page in range(8):
                self.assertEqual(self.ask(f"198.51.100.{visitor}", f"/?member={8 * visitor + page}"), 200)
                self.assertEqual(self.ask(f"198.51.100.{visitor}", f"/?thread={8 * visitor + page}"), 200)
        self.nginx.settle()
        answer = self.setup("--json")
        self.assertEqual(answer.status, 0, answer)
        said = answer.json()
        self.assertEqual((said["site"]["files"], said["site"]["looks_like_people"]), ([self.nginx.access_log], ["/?member={subject}"]))
        self.assertIn("route: /?member={subject} looks like people (about ", " ".join(said["reasons"]))
        answer = self.setup("--yes")
        self.assertEqual(answer.status, 0, answer)
        self.assertIn(f"{self.nginx.access_log} was read, its newest 32 MiB if it is longer", answer.out)
        with self.subTest("in place of the default route, with the evidence; what looks like other things is a comment"):
            self.assertNotIn("/people/{subject}", self.text())
            self.assertRegex(self.text(), r"(?s)# /\?member=\{number\}: .* % of the visitors, about .* different values.*"
                             r"# can be guessed by counting.*\n\[\[route\]\]\nname = .*\npattern = \"/\?member=\{subject\}\"")
            self.assertIn('# pattern = "/?thread={subject}"', self.text())
        with self.subTest("they are in force, and are the operator's from then on"):
            tested = subprocess.run([sluiced(), "test-route", "--config", self.file, "/?member=7"], capture_output=True, text=True, check=True)
            self.assertIn("subject '7'", tested.stdout)
            self.assertIn("fits this host already", self.setup("--yes").out)

    def test_then_ready_made_routes_are_offered_for_software_that_is_clear(self):
        """Last: the lines are of a forum that this nginx does not have."""
        text = self.text()
        with open(self.file, "w", encoding="utf-8") as config:
            config.write(text.replace('folder = "/usr/share/sluice/sites"', f'folder = "{TOP}/config/sites"'))
        urls = ("/viewtopic.php?f=2&t={0}", "/viewforum.php?f={0}", "/memberlist.php?mode=viewprofile&u={0}", "/ucp.php?mode=login")
        with open(self.nginx.access_log, "a", encoding="utf-8") as log:
            for number in range(2000):
                log.write(f'198.51.100.{number % 90} - - [30/Nov/2026:08:{number // 60 % 60:02}:{number % 60:02} +0000] '
                          f'"GET {urls[number % 4].format(number)} HTTP/1.1" 200 512 "-" "-"\n')
        said = self.see()
        self.assertEqual(said["site"]["software"], ["phpbb"])
        self.assertSaid(said["reasons"], "site.software: phpbb", "/viewforum.php?f=*")
        self.assertEqual(self.setup("--yes").status, 0)
        self.assertIn('software = ["phpbb"]', self.text())
        self.assertNotIn("[[route]]\nname", self.text())
        tested = subprocess.run([sluiced(), "test-route", "--config", self.file, "/memberlist.php?mode=viewprofile&u=7"],
                                capture_output=True, text=True, check=True)
        self.assertIn("subject '7'", tested.stdout)

    def test_a_log_that_says_too_little_changes_no_route(self):
        """Runs first: the others fill the log."""
        self.assertEqual(self.ask("198.51.100.1"), 200)
        self.nginx.settle()
        answer = self.setup("--yes")
        self.assertEqual(answer.status, 0, answer)
        self.assertIn("are too few to find pages about people", answer.out)
        self.assertIn('pattern = "/people/{subject}"', self.text())

    def test_behind_a_proxy(self):
        """All lines come from the gateway: a private address would be trusted, this one is asked after."""
        for _ in range(60):
            self.assertEqual(self.ask(GATEWAY_V4), 200)
        self.nginx.settle()
        answer = self.setup("--json")
        self.assertIn(f"come from {GATEWAY_V4}: if that is your proxy or CDN", " ".join(answer.json()["remarks"]))


_ODD_NGINX = """  access_log {folder}/access.log combined;
  log_format refused '$http_x_nothing';
  include {folder}/*.inc;
  set_real_ip_from 198.51.100.99;
  set_real_ip_from 2001:db8:99::/48;
  real_ip_header X-Forwarded-For;
  server {{ listen 8443; listen [::]:81; listen 127.0.0.1:9000; server_name other.example;
    access_log {folder}/refused.log refused;
    location /members {{ access_log off; return 200 "people"; }}
    location = /favicon.ico {{ access_log off; return 204; }} }}
"""


class OddNginx(_Host, case.LabCase):
    """Further ports, a format that says nothing, locations without a log, and a proxy that nginx trusts."""

    start = False

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(10, logs=_ODD_NGINX)
        cls.addClassCleanup(cls.lab.close)
        cls.network, cls.nginx = cls.lab.network, cls.lab.nginx

    def test_all_of_it_is_said_and_the_rest_is_written(self):
        said = self.see()
        self.assertEqual(said["ports"], [80, 81, 8443])
        self.assertSaid(said["reasons"], "filter.ports", "81, 8443")
        self.assertSaid(said["reasons"], "proxies.trusted", "198.51.100.99, 2001:db8:99::/48")
        self.assertSaid(said["unseen"], "access_log off in server other.example, location /members")
        self.assertSaid(said["unseen"], "refused.log in a format that is refused, so it is left out", "pattern")
        self.assertFalse([sentence for sentence in said["unseen"] if "favicon" in sentence])
        self.assertEqual([log["path"] for log in said["logs"]], [self.nginx.access_log])
        answer = self.setup("--yes")
        self.assertEqual(answer.status, 0, answer)
        for line in ("ports = [80, 81, 443, 8443]", 'trusted = ["198.51.100.99", "2001:db8:99::/48"]', f'path = "{self.nginx.access_log}"'):
            self.assertIn(line, self.text())
        self.assertNotIn("refused.log", self.text())
        with self.subTest("it does not say afterwards that all is well"):
            answer = self.setup("--yes")
            self.assertNotIn("fits this host already", answer.out)
            self.assertIn("Whether it fits this host is open", answer.out)


class OtherServers(_Host):
    """Caddy, HAProxy and Apache as they really run, each alone on its host."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.network = Network()
        cls.addClassCleanup(cls.network.remove)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def start(self, port, *command):
        self.assertTrue(os.path.exists(command[0]), f"{command[0]} is not installed (scripts/setup installs it)")
        with open(os.path.join(self.folder, "server.txt"), "wb") as output:
            process = self.network.server.popen(*command, stdout=output, stderr=output,
                                                env={**os.environ, "HOME": self.folder, "XDG_CONFIG_HOME": self.folder,
                                                     "XDG_DATA_HOME": self.folder})

        def stop():
            process.terminate()
            process.wait(20)

        self.addCleanup(stop)

        def listens():
            if process.poll() is not None:
                with open(os.path.join(self.folder, "server.txt"), encoding="utf-8") as said:
                    self.fail(f"{command[0]} did not start: {said.read()}")
            with self.network.server.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(f"{command[0]} to listen", listens)

    def caddy(self, *site):
        file = self.write("Caddyfile", "{\n\tadmin localhost:2019\n\tauto_https off\n}\n" + "\n".join(site) + "\n")
        self.start(80, "/usr/bin/caddy", "run", "--config", file, "--adapter", "caddyfile")
        return file

    def test_caddy_that_logs_elsewhere(self):
        log = os.path.join(self.folder, "people.log")
        file = self.caddy("http://a.example, http://a.example:8443 {", "\tlog {", f"\t\toutput file {log}", "\t}", '\trespond "a"', "}",
                          "http://b.example {", '\trespond "b"', "}",
                          "http://c.example:8080 {", "\tlog {", f"\t\toutput file {log}.c", "\t\tformat console", "\t}", '\trespond "c"', "}")
        said = self.see()
        self.assertEqual([(row["server"], row["path"], row["format"], row["pattern"]) for row in said["logs"]], [("Caddy", log, "json", "caddy")])
        self.assertEqual(said["ports"], [80, 8080, 8443])
        self.assertSaid(said["unseen"], "b.example", "no access log")
        self.assertSaid(said["unseen"], "format console", "not read")
        self.assertFalse(said["fits"])
        answer = self.setup("--yes")
        self.assertEqual(answer.status, 0, answer)
        self.assertIn(f'path = "{log}"\nformat = "json"\npreset = "caddy"', self.text())
        self.assertNotIn("fits this host already", self.setup("--yes").out)
        with self.subTest("what runs counts, also when the file was broken since"):
            self.write("Caddyfile", "http://a.example {\n")
            said = self.see()
            self.assertEqual([row["path"] for row in said["logs"]], [log])
            self.assertSaid(said["unseen"], "Caddy refuses its configuration as it is now", os.path.basename(file))

    def test_caddy_that_logs_to_a_terminal(self):
        self.caddy("http:// {", "\tlog", '\trespond "a"', "}")
        said = self.see()
        self.assertEqual(said["logs"], [])
        self.assertSaid(said["unseen"], "Caddy logs to its standard output", "log to a file")
        self.assertFalse(said["fits"])

    def test_caddy_without_a_log(self):
        self.caddy("http:// {", '\trespond "a"', "}")
        said = self.see()
        self.assertSaid(said["unseen"], "no access log", "write `log`")
        self.assertNotIn("fits this host already", self.setup().out)

    def haproxy(self, *lines):
        file = self.write("haproxy.cfg", "\n".join(["global", "  log 127.0.0.1:5514 len 8192 local0", "defaults", "  mode http", "  log global",
                                                    "  option httplog", "  timeout client 9s", "  timeout server 9s", "  timeout connect 9s",
                                                    *lines]) + "\n")
        self.start(80, "/usr/sbin/haproxy", "-db", "-f", file)
        return file

    def test_haproxy(self):
        file = self.haproxy("frontend www", "  bind :80", "  bind :8443", "  capture request header Host len 64",
                            "  capture request header User-Agent len 256", "  http-request return status 200",
                            "frontend db", "  mode tcp", "  bind :5432", "frontend inside", "  bind 127.0.0.1:9000", "  http-request return status 200")
        said = self.see()
        self.assertEqual(said["ports"], [80, 8443])
        self.assertSaid(said["unseen"], "sends its log to udp:127.0.0.1:5514", 'headers = ["host", "user-agent"]')
        self.assertSaid(said["unseen"], "frontend db", "mode tcp")
        self.assertNotIn("fits this host already", self.setup("--yes").out)
        with self.subTest("Sluice may listen there"):
            with open(self.file, "a", encoding="utf-8") as config:
                config.write('\n[[log]]\nlisten = "udp:127.0.0.1:5514"\ntrust_local_users = true\nformat = "haproxy"\n'
                             'headers = ["host", "user-agent"]\n')
            self.assertFalse([sentence for sentence in self.see()["unseen"] if "5514" in sentence])
        with self.subTest("a file that was broken since"):
            with open(file, "a", encoding="utf-8") as config:
                config.write("frontend broken\n  nonsense\n")
            self.assertSaid(self.see()["unseen"], "HAProxy refuses its configuration as it is now", "nonsense")

    def apache(self, *lines):
        modules = "/usr/lib/apache2/modules"
        file = self.write("httpd.conf", "\n".join(
            [f"ServerRoot {self.folder}", "PidFile httpd.pid", "ErrorLog error.log", "ServerName localhost",
             f"LoadModule mpm_event_module {modules}/mod_mpm_event.so", f"LoadModule authz_core_module {modules}/mod_authz_core.so",
             f"LoadModule remoteip_module {modules}/mod_remoteip.so", *lines]) + "\n")
        self.start(80, "/usr/sbin/apache2", "-f", file, "-D", "FOREGROUND")
        return file

    def test_apache(self):
        os.mkdir(os.path.join(self.folder, "sites"))
        self.write("proxies.txt", "# the CDN\n203.0.113.0/24\n")
        self.write("sites/a.conf", 'Listen 8443\n<VirtualHost *:8443>\n  CustomLog "${LOGS}/people.log" own\n</VirtualHost>\n'
                   "<VirtualHost *:80>\n</VirtualHost>\n")
        file = self.apache("Listen 80", f"Define LOGS {self.folder}", "<IfModule mod_missing.c>", "Listen 444", "</IfModule>",
                           'LogFormat "%a %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" \\"%{X-Forwarded-For}i\\"" own',
                           "RemoteIPHeader X-Forwarded-For", "RemoteIPTrustedProxyList proxies.txt", "IncludeOptional sites/*.conf")
        said = self.see()
        self.assertEqual([(row["path"], row["format"]) for row in said["logs"]], [(f"{self.folder}/people.log", "apache")])
        self.assertEqual(said["ports"], [80, 8443])
        self.assertSaid(said["unseen"], "VirtualHost *:80 has no CustomLog")
        self.assertSaid(said["reasons"], "proxies.trusted", "203.0.113.0/24")
        answer = self.setup("--yes")
        self.assertEqual(answer.status, 0, answer)
        self.assertIn(f'path = "{self.folder}/people.log"', self.text())
        self.assertIn('"%{X-Forwarded-For}i', self.text().replace("\\", ""))
        with self.subTest("a file that was broken since"):
            with open(file, "a", encoding="utf-8") as config:
                config.write("Nonsense on\n")
            said = self.see()
            self.assertSaid(said["unseen"], "Apache refuses its configuration as it is now", "Nonsense")
            self.assertFalse(said["fits"])

    def test_what_a_stranger_calls_a_web_server_is_not_asked(self):
        os.chmod(self.folder, 0o755)
        trap = self.write("trap.conf", f"LoadModule trap_module {self.folder}/trap.so\nCustomLog {self.folder}/trap.log common\n")
        for name, option in (("apache2", "-f"), ("nginx", "-c"), ("haproxy", "-f"), ("caddy", "--config")):
            with self.subTest(name):
                # The kernel calls a script's process by the script's name.
                script = self.write(name, "#!/bin/sh\necho ready\nread -r _\n")
                os.chmod(script, 0o755)
                command = self.network.server.command("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", script,
                                                      option, trap)
                with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stranger:
                    self.assertEqual(stranger.stdout.readline(), b"ready\n")
                    answer = self.setup("--json")
                    stranger.stdin.close()
                self.assertEqual(answer.status, 0, answer)
                self.assertNotIn("trap", answer.out + answer.err)
                self.assertSaid(answer.json()["unseen"], "runs as root")


if __name__ == "__main__":
    case.main()
