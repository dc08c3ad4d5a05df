# SPDX-License-Identifier: Apache-2.0
"""Beside what operators already run: a real fail2ban whose jail bans through Sluice, and a real nftables behind the NIC."""

import json
import os
import shutil
import subprocess

import case
from lab.filter import TOP, sluicectl
from lab.visitors.probe import ask
from lab.wait import wait_until

FAIL2BAN = ("/usr/bin/fail2ban-server", "/usr/bin/fail2ban-client")
NFT = "/usr/sbin/nft"
GUESSER = "198.51.100.60"
VISITOR = "198.51.100.61"
SHUT_OUT = "198.51.100.62"


class Fail2ban:
    """A server with a configuration of its own: one jail over a log."""

    def __init__(self, folder, log, options):
        self._folder, self._socket = folder, os.path.join(folder, "fail2ban.sock")
        for name in ("action.d", "filter.d"):
            os.makedirs(os.path.join(folder, name))
        shutil.copy(os.path.join(TOP, "config", "fail2ban", "sluice.conf"), os.path.join(folder, "action.d", "sluice.conf"))
        self._write("filter.d/guesses.conf", '[Definition]\nfailregex = ^<HOST> .* "GET /secret\\S* HTTP/[^"]*" 404 \n')
        self._write("fail2ban.conf", "[Definition]\nloglevel = INFO\nlogtarget = STDOUT\nsyslogsocket = auto\ndbfile = :memory:\n"
                    f"dbpurgeage = 1d\ndbmaxmatches = 10\nallowipv6 = auto\nsocket = {self._socket}\npidfile = {folder}/fail2ban.pid\n")
        self._write("jail.conf", f"[DEFAULT]\nbackend = polling\n[guesses]\nenabled = true\nfilter = guesses\nlogpath = {log}\n"
                    f"maxretry = 3\nfindtime = 600\nbantime = 120\naction = sluice[{options}]\n")
        self._output = open(os.path.join(folder, "output"), "wb")
        self._process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", FAIL2BAN[0], "-xf", "-c", folder, "-s", self._socket,
                                          "-p", f"{folder}/fail2ban.pid", "start"], stdout=self._output, stderr=self._output)
        wait_until("fail2ban", lambda: self.client("ping").returncode == 0, 20)

    def _write(self, name, text):
        with open(os.path.join(self._folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def client(self, *arguments):
        return subprocess.run([FAIL2BAN[1], "-c", self._folder, "-s", self._socket, *arguments], capture_output=True, text=True,
                              check=False)

    def said(self):
        with open(os.path.join(self._folder, "output"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        self.client("stop")
        self._process.wait(20)
        self._output.close()


class Neighbours(case.LabCase):
    settings = {"mode": "enforce"}

    def test_a_jail_of_fail2ban_bans_at_the_nic(self):
        folder = os.path.join(self.filter.folder, "fail2ban")
        os.makedirs(folder)
        jail = Fail2ban(folder, self.nginx.access_log, f'sluicectl="{sluicectl()}", socket="{self.filter.socket}"')
        try:
            for guess in range(4):
                ask(self.network, GUESSER, f"/secret{guess}", 2.0)
            decision = wait_until("the ban", lambda: self.decision_about(GUESSER), 20)
            self.assertEqual(decision["action"], "block")
            self.assertIn("fail2ban jail guesses", decision["reason"])
            self.assertDropped(GUESSER)
            self.assertServed(VISITOR)
            # The end of the ban ends neither what an operator decided about the same address, nor an allow.
            self.assertEqual(self.filter.ctl("block", GUESSER, "--for", "1h", "--reason", "by hand").status, 0)
            self.assertEqual(self.filter.ctl("allow", VISITOR).status, 0)
            self.assertEqual(len(self.filter.ask("explain", GUESSER)["in_force"]), 2)
            jail.client("set", "guesses", "banip", VISITOR)
            for address in (GUESSER, VISITOR):
                jail.client("set", "guesses", "unbanip", address)
            wait_until("its end", lambda: len(self.filter.ask("explain", GUESSER)["in_force"]) == 1, 20)
            self.assertEqual(self.decision_about(GUESSER)["reason"], "by hand")
            self.assertEqual(self.decision_about(VISITOR)["action"], "allow")
            self.assertDropped(GUESSER)
            self.assertEqual(self.filter.ctl("unblock", GUESSER).status, 0)
            self.assertEqual(self.filter.ctl("disallow", VISITOR).status, 0)
            self.assertServed(GUESSER)
            # Who is protected is not blocked, and fail2ban's log says why.
            protected = next(entry["source"] for entry in self.filter.decisions()
                             if entry["actor"] == "list protected" and "/" not in entry["source"] and ":" not in entry["source"])
            jail.client("set", "guesses", "banip", protected)
            wait_until("the refusal", lambda: f"{protected}: refused" in jail.said(), 20)
        finally:
            jail.stop()

    def nft(self, *arguments):
        return self.network.server.run(NFT, *arguments)

    def test_nftables_sees_what_passes_and_keeps_its_say(self):
        self.nft("add", "table", "inet", "edge")
        self.nft("add", "chain", "inet", "edge", "input", "{ type filter hook input priority 0 ; policy accept ; }")
        try:
            self.nft("add", "rule", "inet", "edge", "input", "ip", "saddr", GUESSER, "counter")
            self.nft("add", "rule", "inet", "edge", "input", "ip", "saddr", SHUT_OUT, "counter", "drop")

            def packets(rule):
                listing = json.loads(self.nft("-j", "list", "chain", "inet", "edge", "input"))
                rules = [entry["rule"]["expr"] for entry in listing["nftables"] if "rule" in entry]
                return next(part["counter"]["packets"] for part in rules[rule] if "counter" in part)

            self.assertServed(GUESSER)
            self.assertGreater(packets(0), 0)
            self.assertEqual(self.filter.ctl("block", GUESSER, "--reason", "a test").status, 0)
            before = packets(0)
            self.assertDropped(GUESSER)
            self.assertEqual(packets(0), before, "nftables saw what was dropped at the NIC")
            # An allow of Sluice means that Sluice lets through: what nftables drops stays dropped.
            self.assertEqual(self.filter.ctl("allow", SHUT_OUT).status, 0)
            self.assertIsNone(self.ask(SHUT_OUT))
            self.assertGreater(packets(1), 0)
            self.assertEqual(self.filter.ctl("unblock", GUESSER).status, 0)
            self.assertEqual(self.filter.ctl("disallow", SHUT_OUT).status, 0)
            self.assertServed(GUESSER)
        finally:
            self.nft("delete", "table", "inet", "edge")


if __name__ == "__main__":
    missing = [program for program in (*FAIL2BAN, NFT) if not os.path.exists(program)]
    if not missing:
        case.main()
    print(f"skipped: {missing[0]} is not installed (scripts/setup installs it)")
    raise SystemExit(1 if os.environ.get("CI") == "true" else 77)
