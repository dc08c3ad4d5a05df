# SPDX-License-Identifier: Apache-2.0
"""`sluicectl support` of a daemon that has seen, and decided about, visitors whose addresses are known: none of them is in it."""

import ipaddress
import json
import os
import re
import socket
import stat
import tarfile

import case
from lab.filter import sluiced
from lab.site import DECOY
from lab.visitors.probe import ask
from lab.wait import wait_until

SCRAPER = "198.51.100.10"
SAME_NETWORK = "198.51.100.77"
PERSON = "198.51.100.30"
SCRAPER_V6 = "2001:db8:1000:5::5"
BLOCKED_NETWORK = "203.0.113.0/25"
IN_IT = "203.0.113.9"
REASON = "Jane Doe of Long Lane asked"


class Support(case.LabCase):
    settings = {"metrics": {"listen": "127.0.0.1:9798"}}

    def bundle(self, *options):
        """The members of a bundle, as text, and what was said of it."""
        file = os.path.join(self.filter.folder, "bundle.tar.gz")
        if os.path.exists(file):
            os.unlink(file)
        server = self.network.server
        answer = self.filter.ctl("--json", "support", "--output", file, "--config", self.filter.config,
                                 "--log", self.filter.log, *options, wrapper=server.command(),
                                 environment={"PATH": os.path.dirname(sluiced()) + ":" + os.environ["PATH"]})
        self.assertEqual(answer.status, 0, answer)
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        with tarfile.open(file) as archive:
            members = {os.path.basename(member.name): archive.extractfile(member).read().decode()
                       for member in archive.getmembers()}
        return members, answer.json()

    def test_no_visitor_leaves_the_host_by_his_address(self):
        # Soon after the links came up IPv6 may not have found its neighbours yet.
        wait_until("an answer over IPv6", lambda: self.ask(SCRAPER_V6))
        for visitor in (SCRAPER, SAME_NETWORK, SCRAPER_V6):
            self.fall_for_decoy(visitor)
        self.assertServed(PERSON, "/people/7?session=opensesame")
        self.filter.ctl("block", BLOCKED_NETWORK, "--reason", REASON)
        self.filter.ctl("block", "not an address")
        self.lab.nginx.settle()
        with open(self.lab.nginx.access_log, "a", encoding="utf-8") as log:
            log.write(f"{IN_IT} - jane.doe this is no line of a log\n")
        wait_until("the daemon to say so", lambda: "unreadable line" in self.filter.log_text())
        members, said = self.bundle()
        self.assertEqual([entry["name"] for entry in said["missing"]], [])
        self.assertEqual(set(members), {
            "README.txt", "versions.txt", "interfaces.txt", "configuration.txt", "decisions.json", "status.json", "doctor.json",
            "lists.json", "explanations.json", "metrics.txt", "log.txt"})
        everything = "\n".join(members.values())
        interfaces = self.network.server.run("ip", "-o", "addr").split()
        own = {word.split("/")[0] for word in interfaces if word.count(".") == 3 or word.count(":") > 1} - {"127.0.0.1", "::1"}
        for secret in (SCRAPER, SAME_NETWORK, PERSON, SCRAPER_V6, "2001:db8:1000", "203.0.113.", "198.51.100.", *own,
                       "opensesame", "jane", "Jane", "Long Lane", DECOY.rsplit("/", 1)[-1]):
            self.assertNotIn(secret, everything)
        self.assertIsNone(re.search(rf"\b{re.escape(socket.gethostname())}\b", everything))

        decisions = [json.loads(line) for line in members["decisions.json"].splitlines()]
        by_detector = [entry["source"] for entry in decisions if entry["actor"] == "detector"]
        v4 = [ipaddress.ip_address(source) for source in by_detector if "." in source]
        self.assertEqual(len(v4), 2)
        self.assertEqual(len({ipaddress.ip_network(f"{address}/24", strict=False) for address in v4}), 1)
        self.assertTrue(any(source.endswith("/64") for source in by_detector))
        # One pseudonym is one visitor's in every file.
        for address in map(str, v4):
            self.assertIn(address, members["explanations.json"])
            self.assertIn(address, members["log.txt"])
        by_operator = [entry for entry in decisions if entry["actor"].startswith("operator ")]
        self.assertRegex(by_operator[0]["source"], r"/25$")
        self.assertRegex(by_operator[0]["actor"], "^operator user-")
        for name in ("status.json", "doctor.json", "explanations.json"):
            for line in members[name].splitlines():
                json.loads(line)
        self.assertIn('mode = "enforce"', members["configuration.txt"])
        self.assertIn("/people/{subject}", members["configuration.txt"])
        self.assertIn("sluice_packets_total", members["metrics.txt"])
        self.assertIn("NOT removed", members["README.txt"])

    def test_a_user_agent_stays_without_what_names_somebody(self):
        visitor = "198.51.100.55"
        agent = f"python-requests/2.31 (+https://crawler.example/jane; jane@crawler.example; {IN_IT}) Zauberlehrling/1.0"
        ask(self.network, visitor, DECOY, headers={"User-Agent": agent, "Referer": "http://referrer.example/janes-page?who=jane"})
        wait_until("the decision", lambda: self.decision_about(visitor))
        self.assertIn("Zauberlehrling", self.filter.ctl("explain", visitor).out)
        members = self.bundle()[0]
        everything = "\n".join(members.values())
        for secret in (visitor, IN_IT, "crawler.example", "referrer.example", "jane"):
            self.assertNotIn(secret, everything)
        self.assertIn("User agents stay", members["README.txt"])
        self.assertIn("Zauberlehrling", everything, "it says so of what stays")
        self.filter.ctl("unblock", visitor)

    def test_another_bundle_has_other_pseudonyms(self):
        self.fall_for_decoy(SCRAPER)
        first, second = self.bundle()[0], self.bundle()[0]
        found = [{entry["source"] for entry in map(json.loads, members["decisions.json"].splitlines()) if entry["actor"] == "detector"}
                 for members in (first, second)]
        self.assertTrue(found[0] and found[1])
        self.assertFalse(found[0] & found[1])


if __name__ == "__main__":
    case.main()
