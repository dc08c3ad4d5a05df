# SPDX-License-Identifier: Apache-2.0
"""What `sluicectl doctor` says in each state in which protection is absent in part or in whole.

Each state is made for real, on one lab whose daemon has a user of its own and no capability, as its unit runs it. Doctor must
name the cause and the remedy within a minute, and be content again once the state is mended. SLUICE_SHOW=1 prints the table;
SLUICE_STATE=WORD makes only the states whose name has it.
Memory that runs short is in test_memory.py; a log that is silent for minutes, and a clock that is set, are unit tests.
"""

import contextlib
import http.client
import os
import pwd
import shutil
import signal
import subprocess
import threading
import time

import case
from lab.lab import Lab
from lab.list_server import ListServer
from lab.network import SERVER_V4, run
from lab.wait import wait_until

USER = "nobody"
AS_USER = ("setpriv", f"--reuid={USER}", "--regid=nogroup", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
AT_PORT = "198.51.100.70"  # blocked, and served at a port that is not filtered
DROPPED = "198.51.100.72"  # blocked, and has no other way
PROXY = "198.51.100.99"
MOST_DECISIONS = 100
WITHIN = 60.0  # seconds: so soon doctor knows

_WEB = """  access_log {folder}/access.log combined;
  server {{ listen 8080; location / {{ return 200 "a page"; }} }}
"""
_PASSES_ALL = ('__attribute__((section("xdp"), used)) int other(void *context) { (void)context; return 2; }\n'
               'char _license[] __attribute__((section("license"), used)) = "GPL";\n')

STATES = []


def state(name, area, severity, *words):
    """A state: how it is made and, after its `yield`, mended; and what doctor says of it: the area, `severity`, words of cause and remedy."""

    def known(make):
        STATES.append((name, area, severity, words, contextlib.contextmanager(make)))
        return make

    return known


def combined(number, path="/", agent=BROWSER, age=0.0, account="-", client=None):
    """A line of a log; each number is a visitor."""
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(time.time() - age))
    client = client or f"10.{64 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
    return f'{client} - {account} [{stamp}] "GET {path} HTTP/1.1" 200 512 "-" "{agent}"\n'


# The daemon.

@state("the daemon is dead", "daemon", "critical", "cannot be asked", "stays in force in the kernel", "journalctl -u sluiced")
def dead(test):
    test.filter.kill()
    yield
    test.assertDropped(DROPPED)
    test.begin()


@state("the daemon hangs", "daemon", "critical", "cannot be asked", "systemctl status")
def hung(test):
    os.kill(test.filter.pid, signal.SIGSTOP)
    yield
    os.kill(test.filter.pid, signal.SIGCONT)


@state("the configuration file was broken since the start", "config", "warning", "has 2 faults", "would not start with it", "sluice.toml:1: mode:", "check-config",
       "sluicectl reload")
def broken_configuration(test):
    with open(test.filter.config, encoding="utf-8") as file:
        good = file.read()
    test.write(test.filter.config, good.replace('"enforce"', '"enforced"') + "\n[polcy]\nblock_for = 1\n")
    yield
    test.write(test.filter.config, good)


@state("the configuration file was changed and not reloaded", "config", "note", "policy.block_for", "sluicectl reload")
def changed_configuration(test):
    test.filter.configure({"policy": {"block_for": "2h"}})
    yield
    test.reload({})


@state("observe mode", "mode", "note", "no packet is dropped", 'mode = "enforce"')
def observing(test):
    test.reload({"mode": "observe"})
    yield
    test.reload({"mode": "enforce"})


# The filter.

@state("the filter was taken from its interface", "filter", "critical", "web0 is not filtered", "no longer attached", "sluiced attach")
def detached(test):
    test.network.server.ip("link", "set", "dev", "web0", "xdp", "off")
    test.assertServed(DROPPED)
    yield
    test.filter.attach()
    test.assertDropped(DROPPED)


@state("an interface is gone", "filter", "critical", "late0 is not filtered", "no such interface now", "ip -br link")
def interface_gone(test):
    test.network.server.ip("link", "del", "late0")
    yield
    test.make_late0()
    test.filter.attach()


@state("another XDP program took an interface", "filter", "critical", "late0 is not filtered", "another XDP program", "xdp-loader", "sluiced attach")
def other_program(test):
    program = os.path.join(test.lab.folder, "other.o")
    test.write(program.replace(".o", ".c"), _PASSES_ALL)
    run("clang", "-target", "bpf", "-O2", "-g", "-c", program.replace(".o", ".c"), "-o", program)
    test.network.server.ip("link", "del", "late0")
    test.make_late0()
    test.network.server.run("ip", "link", "set", "dev", "late0", "xdpdrv", "obj", program, "sec", "xdp")
    yield
    test.network.server.run("ip", "link", "set", "dev", "late0", "xdpdrv", "off")
    test.filter.attach()


@state("the filter has other settings than the configuration", "filter", "warning", "attached with other settings", "sluiced attach")
def other_settings(test):
    test.reload({"filter": {"reject": True}})
    yield
    test.reload({"filter": {"reject": False}})


# The logs.

@state("a log was rotated to a file that may not be read", "logs", "critical", "access.log", "ermission denied", "is not seen", "group adm")
def unreadable_log(test):
    os.rename(test.nginx.access_log, test.nginx.access_log + ".1")
    os.close(os.open(test.nginx.access_log, os.O_CREAT | os.O_WRONLY, 0o600))
    test.nginx.reopen()
    wait_until("nginx to write there", lambda: test.nginx.settle() or os.path.getsize(test.nginx.access_log) > 0)
    yield
    os.chmod(test.nginx.access_log, 0o644)


@state("a log was removed, and the web server goes on writing to it", "logs", "ok", "say what packets say")
def removed_log(test):
    os.unlink(test.nginx.access_log)
    test.fall_for_decoy("198.51.100.80")  # what it writes there is read all the same
    yield
    test.nginx.reopen()
    wait_until("nginx to open a new log", lambda: os.path.exists(test.nginx.access_log))
    test.fall_for_decoy("198.51.100.81")


@state("a log has another format than the configured one", "logs", "critical", "shop.log: most lines cannot be read", "as in no_time: {", "sluiced recognise")
def other_format(test):
    with test.another_log("shop.log") as log:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        lines = [f'{{"time": "{stamp}", "client": "10.66.0.{number}", "method": "GET", "uri": "/", "status": 200, "user_agent": "{BROWSER}"}}\n' for number in range(200)]
        test.append(log, lines)
        yield
        test.reload({"log": [{"path": test.nginx.access_log}, {"path": log, "format": "json"}]})
        test.append(log, lines)
        test.content("logs")


@state("a third of a log's lines cannot be read", "logs", "warning", "shop.log: 100 of the last 300 lines cannot be read", "is not seen", "[[log]]")
def some_unreadable(test):
    with test.another_log("shop.log") as log:
        test.append(log, [line for number in range(100) for line in (combined(number), combined(number), f"visitor {number} came\n")])
        yield
        test.append(log, (combined(number, path="/assets/style.css") for number in range(4000)))
        test.content("logs")


@state("lines end too soon", "logs", "warning", "shop.log: 100 of the last 200 lines end too soon", "MaxMessageSize")
def cut_lines(test):
    with test.another_log("shop.log") as log:
        test.append(log, [line for number in range(100) for line in (combined(number), combined(number).rstrip("\n")[:-60] + "\n")])
        yield


@state("a log without user agents", "logs", "warning", "shop.log: it has no user agents", "crawlers are not recognised", "combined")
def no_user_agents(test):
    with test.another_log("shop.log", format="common") as log:
        test.append(log, (combined(number).split(' "-"')[0] + "\n" for number in range(250)))
        yield


@state("a log without accounts, beside one that has them", "logs", "note", "shop.log: it names no accounts", "not held to account", "[[log]]")
def no_accounts(test):
    pattern = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
    with test.another_log("shop.log", format="nginx", pattern=pattern.replace("$remote_user", "-")) as log, \
         test.another_log("forum.log", format="nginx", pattern=pattern, account="$remote_user") as forum:
        test.append(forum, (combined(number, account=f"member{number}") for number in range(250)))
        test.append(log, map(combined, range(250)))
        yield


@state("the web server's clock is ahead", "logs", "warning", "last line is of the future", "synchronise both")
def ahead(test):
    with test.another_log("shop.log") as log:
        test.append(log, (combined(number, age=-3600) for number in range(20)))
        yield


@state("an old file in a log's place", "logs", "warning", "100 of the last 100 requests are more than a day old", "timezone")
def old(test):
    with test.another_log("shop.log") as log:
        test.append(log, (combined(number, age=30 * 3600) for number in range(100)))
        yield


@state("a socket to which every user may write", "logs", "warning", "every user of this host may write lines there", "trust_local_users")
def open_socket(test):
    test.reload({"log": [{"path": test.nginx.access_log}, {"listen": "udp:127.0.0.1:5514", "format": "combined"}]})
    yield
    test.reload({"log": [{"path": test.nginx.access_log}]})


# The site, and what stands before it.

@state("a proxy in front that is not declared", "proxies", "critical", f"come from {PROXY}", "looks like a proxy", "[proxies]")
def undeclared_proxy(test):
    with test.another_log("shop.log") as log:
        test.append(log, (combined(number, client=PROXY, agent=BROWSER.replace("128", str(100 + number % 40))) for number in range(12_000)))
        yield
        test.reload({"proxies": {"trusted": [PROXY]}})
        test.content("proxies")
    test.reload({"proxies": {"trusted": []}})


@state("a log without the header of a declared proxy", "logs", "critical", "through trusted proxies", "do not say whom they are for", "proxies.header")
def no_header(test):
    with test.another_log("shop.log") as log:
        test.reload({"proxies": {"trusted": [PROXY]}})
        test.append(log, (combined(number, client=PROXY) for number in range(100)))
        yield
    test.reload({"proxies": {"trusted": []}})


@state("no route matches a page", "site", "critical", "None of the last", "does not know who is shown to whom", "sluiced routes --toml LOG")
def no_route(test):
    test.reload({"route": [{"name": "profiles", "pattern": "/profiles/{subject}"}]})
    with test.another_log("shop.log") as log:
        test.append(log, (combined(number, path=f"/people/{number % 50 + 1}") for number in range(400)))
        yield
        test.reload({"route": [{"name": "people", "pattern": "/people/{subject}"}]})
        test.append(log, (combined(number, path=f"/people/{number % 50 + 1}") for number in range(400)))
        test.content("site")


@state("blocked in name only", "decisions", "critical", f"{AT_PORT} is blocked, and", "were answered since", "port 8080, which is not filtered",
       "filter.ports")
def in_name_only(test):
    yield
    test.stop_asking()
    test.assertEqual(test.filter.ctl("unblock", AT_PORT).status, 0)


# Lists and files.

@state("a list's file is missing", "lists", "warning", "List friends is missing", "o such file", "sluicectl lists refresh friends")
def missing_list(test):
    path = os.path.join(test.filter.folder, "friends.txt")
    test.filter.configure({"list": [{"name": "friends", "source": path, "action": "allow"}]})
    test.assertRefused(test.filter.ctl("reload"), "no such file")
    test.restart()
    yield
    test.write(path, "203.0.113.8\n")
    test.content("lists")
    test.reload({"list": []})


@state("two of three lines of a list cannot be read", "lists", "warning", "List bots: 2 lines cannot be read, beside 1 entries", "lists refresh bots")
def unreadable_lines(test):
    path = os.path.join(test.filter.folder, "bots.txt")
    test.write(path, "203.0.113.9\nnobody\nnowhere\n")
    test.reload({"list": [{"name": "bots", "source": path, "action": "block"}]})
    yield
    test.write(path, "203.0.113.9\n203.0.113.10\n203.0.113.11\n")
    test.content("lists")
    test.reload({"list": []})


@state("the server of a list is gone", "lists", "warning", "List drop is as of", "port 8443", "lists refresh drop")
def feed_gone(test):
    server = ListServer(test.network.server, os.path.join(test.filter.folder, "list-server"))
    server.publish("drop.txt", "203.0.113.12\n")
    server.start()
    try:
        test.reload({"list": [{"name": "drop", "source": server.url("drop.txt"), "ca": server.ca, "action": "block"}]})
        test.assertEqual(test.filter.ctl("lists", "refresh", "drop").status, 0)
        server.stop()
        test.assertEqual(test.filter.ctl("lists", "refresh", "drop").status, 1)
        yield
        server.start()
        test.assertEqual(test.filter.ctl("lists", "refresh", "drop").status, 0)
        test.content("lists")
    finally:
        server.stop()
    test.reload({"list": []})


@state("a list that would block half the world", "lists", "warning", "List drop", "lists refresh --force drop")
def too_wide(test):
    path = os.path.join(test.filter.folder, "drop.txt")
    test.write(path, "".join(f"{number}.0.0.0/8\n" for number in range(11, 100)))
    test.reload({"list": [{"name": "drop", "source": path, "action": "block"}]})
    yield
    test.write(path, "203.0.113.12\n")
    test.content("lists")
    test.reload({"list": []})


@state("a file of crawlers was removed", "files", "warning", "crawlers.lists: what was read at", "not after a restart", "Put it back")
def removed_crawlers(test):
    path = os.path.join(test.filter.folder, "crawlers.json")
    text = '{"name": "ours", "user_agent": "OurBot", "ranges": ["203.0.113.20/32"]}\n'
    test.write(path, text)
    test.reload({"crawlers": {"lists": [path]}})
    os.unlink(path)
    yield
    test.reload({"crawlers": {"lists": []}})


@state("files of robots and networks were missing at the start", "files", "warning", "robots.path: nothing of", "is in force", "Correct its path")
def missing_files(test):
    path = os.path.join(test.filter.folder, "robots.txt")
    test.filter.configure({"robots": {"path": path}, "asn": {"database": os.path.join(test.filter.folder, "networks.mmdb")}})
    test.restart()
    test.assertIn("asn.database: nothing of", test.filter.ctl("doctor").out)
    yield
    test.write(path, "User-agent: *\nDisallow: /private/\n")
    test.reload({"asn": {"database": ""}})
    test.content("files")
    test.reload({"robots": {"path": ""}})


# Decisions and their store.

@state("the table of decisions is nearly full", "tables", "warning", "IPv4 decisions is nearly full: 90 of 100", "filter.max_decisions", "sluiced attach")
def nearly_full(test):
    room = 9 * MOST_DECISIONS // 10 - test.filter.ask("status")["blocks"]
    addresses = "".join(f"10.70.0.{number}\n" for number in range(room))
    test.assertEqual(test.filter.ctl("block", "-", "--for", "1h", text=addresses).status, 0)
    yield
    test.assertEqual(test.filter.ctl("unblock", "-", text=addresses).status, 0)


@state("the disk of the state is full", "state", "critical", "will not survive a restart", "full", "Make room", "unblock and allow work")
def full_disk(test):
    with open(os.path.join(test.disk, "filler"), "wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(b"x" * 4096):
            pass
    test.assertRefused(test.filter.ctl("block", "198.51.100.82", "--for", "1h"), "the audit log cannot be written")
    yield
    os.unlink(os.path.join(test.disk, "filler"))


@state("the disk of the state is read-only", "state", "critical", "will not survive a restart", "ead-only", "let sluiced write there")
def read_only_disk(test):
    test.filter.stop()
    run("mount", "-o", "remount,ro", test.disk)
    test.begin()
    yield
    run("mount", "-o", "remount,rw", test.disk)
    test.restart()  # by itself it takes up to a minute: test_state.py


@state("the state was damaged", "state", "warning", "was damaged when this daemon started", "What the kernel held was taken from there", "sluiced restore")
def damaged_state(test):
    test.filter.stop()
    with open(os.path.join(test.disk, "state.db"), "r+b") as file:
        file.write(b"no database any more" * 100)
    test.begin()
    test.assertDropped(DROPPED)
    yield
    test.restart()


class BrokenStates(case.LabCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(20, logs=_WEB)
        cls.addClassCleanup(cls.lab.close)
        cls.network, cls.nginx, cls.filter = cls.lab.network, cls.lab.nginx, cls.lab.filter
        cls.disk = os.path.join(cls.filter.folder, "state")
        os.mkdir(cls.disk)
        run("mount", "-t", "tmpfs", "-o", f"size=4m,mode=0755,uid={pwd.getpwnam(USER).pw_uid}", "tmpfs", cls.disk)
        cls.addClassCleanup(subprocess.run, ["umount", "-l", cls.disk], check=True)
        runtime = os.path.join(cls.filter.folder, "run")
        os.mkdir(runtime)
        shutil.chown(runtime, USER)
        cls.filter.socket = os.path.join(runtime, "control.sock")
        cls.filter.configure({
            "filter": {"interfaces": [cls.network.interface, "late0"], "max_decisions": MOST_DECISIONS},
            "control": {"socket": cls.filter.socket, "group": "nogroup"}, "store": {"path": os.path.join(cls.disk, "state.db")}})
        cls.make_late0()
        cls.filter.attach()
        cls.begin()
        cls.addClassCleanup(lambda: cls.filter.running() and cls.filter.stop())

    @classmethod
    def make_late0(cls):
        cls.network.server.ip("link", "add", "late0", "type", "veth", "peer", "name", "late1", "netns", cls.network.visitors.name)

    @classmethod
    def begin(cls):
        cls.filter.start(attach=False, wrapper=AS_USER)

    def restart(self):
        self.filter.stop()
        self.begin()

    def reload(self, settings):
        self.filter.configure(settings)
        answer = self.filter.ctl("reload")
        self.assertEqual(answer.status, 0, answer)

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    @staticmethod
    def append(path, lines):
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(lines)

    @contextlib.contextmanager
    def another_log(self, name, **options):
        """A log beside the web server's own, empty and followed; gone afterwards."""
        path = os.path.join(self.filter.folder, name)
        self.write(path, "")
        before = self.logs
        self.logs = [*before, {"path": path, **options}]
        self.reload({"log": self.logs})
        try:
            yield path
        finally:
            self.logs = before
            self.reload({"log": self.logs})
            os.unlink(path)

    def keep_asking(self, made):
        while not self.asked_enough.wait(0.5):
            made.request("GET", "/people/1")
            made.getresponse().read()

    def stop_asking(self):
        self.asked_enough.set()
        self.asking.join()

    def examine(self):
        answer = self.filter.ctl("--json", "doctor")
        return answer.status, answer.json_lines()

    def shown(self, area, severity, words):
        """Doctor's rows of the area that say all of the words, once it does."""

        def says():
            status, rows = self.examine()
            found = [row for row in rows if row["area"] == area and row["state"] == severity]
            text = " ".join(row["text"] + (f" as in {row['example']}" if row.get("example") else "") + " -> " + row["remedy"] for row in found)
            return (status, rows, text) if all(word in text for word in words) else None

        begin = time.monotonic()
        try:
            status, rows, text = wait_until("doctor to say it", says, WITHIN, 0.1)
        except AssertionError:
            self.fail(f"doctor does not say {words} of {area}, {severity}, but\n{self.filter.ctl('doctor')}")
        self.assertEqual(status, 1 if any(row["state"] in ("warning", "critical") for row in rows) else 0)
        if severity in ("warning", "critical"):
            self.assertEqual(status, 1)
        plain = self.filter.ctl("doctor")
        self.assertEqual(plain.status, status)
        self.assertIn(f"{severity:<8} {area}", plain.out)
        return text, time.monotonic() - begin

    def content(self, area):
        """Returns when doctor has nothing to say of the area."""

        def rows():
            return [row for row in self.examine()[1] if row["area"] == area]

        try:
            wait_until("doctor to be content", lambda: [row["state"] for row in rows()] == ["ok"], WITHIN, 0.1)
        except AssertionError:
            self.fail(f"doctor is not content with {area} again:\n{self.filter.ctl('doctor')}")

    def test_doctor_names_each_state_and_its_remedy(self):
        self.logs = [{"path": self.nginx.access_log}]
        self.assertEqual([row for row in self.examine()[1] if row["state"] in ("warning", "critical")], [])
        self.assertEqual(self.filter.ctl("block", AT_PORT, DROPPED, "--for", "1h").status, 0)
        with self.network.visitors.entered():
            made = http.client.HTTPConnection(SERVER_V4, 8080, timeout=5, source_address=(AT_PORT, 0))
            made.connect()
        self.asked_enough = threading.Event()
        self.asking = threading.Thread(target=self.keep_asking, args=(made,))
        self.asking.start()
        self.addCleanup(made.close)
        self.addCleanup(self.stop_asking)
        table = []
        only = os.environ.get("SLUICE_STATE", "")
        for name, area, severity, words, broken in STATES:
            if only not in name:
                continue
            if not self.filter.running():  # the state before has failed
                self.begin()
            with self.subTest(name):
                begin = time.monotonic()
                with broken(self):
                    text, seconds = self.shown(area, severity, words)
                self.content(area)
                table.append(f"{name} ({seconds:.1f} s)\n  {severity:<8} {area:<9} {text}\n")
                print(f"{time.monotonic() - begin:5.1f} s  {name}", flush=True)
        self.assertEqual(self.filter.ctl("unblock", DROPPED).status, 0)
        self.assertEqual([row for row in self.examine()[1] if row["state"] in ("warning", "critical")], [])
        if os.environ.get("SLUICE_SHOW"):
            print("\n".join(table))


if __name__ == "__main__":
    case.main()
