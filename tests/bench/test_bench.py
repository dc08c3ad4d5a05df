# SPDX-License-Identifier: Apache-2.0
"""scripts/bench measures everything it says: every row is there, and every packet got the verdict that its source deserved.

Judges no time.
"""

import json
import os
import subprocess
import sys
import unittest

from lab.arena import program
from lab.bench_table import wrong
from lab.peers import PEERS

_SKIP_STATUS = 77  # SKIP_RETURN_CODE in CMakeLists.txt
_PROGRAMS = ("nft", "ipset", "iptables", "iperf3", "ethtool")
_STATES = {
    "no table": {"empty program", "parse only"},
    "Sluice": {"clean, idle", "clean, lists", "listed", "clean, decided", "decided", "over the rate", "within the rate"},
    "LPM trie": {"clean", "listed"}, "kernel hash": {"clean", "listed"}, "xdp-filter": {"clean", "listed", "listed, 10,000"},
}


def what_is_missing():
    """Why this machine cannot measure, or None."""
    if os.geteuid() != 0:
        return "needs to run as root (network namespaces, XDP)"
    if os.cpu_count() < 2:
        return "needs two CPUs"
    for name in _PROGRAMS:
        if not any(os.path.exists(f"{folder}/{name}") for folder in ("/usr/sbin", "/usr/bin")):
            return f"{name} is not installed (scripts/setup installs it)"
    if not os.path.exists(program()):
        return f"{program()} is not built (scripts/build builds it)"
    return None


class Smoke(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run([sys.executable, "-m", "lab.bench", "--smoke", "--json"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise AssertionError(f"scripts/bench: exit {done.returncode}: {done.stderr}")
        cls.results = json.loads(done.stdout)

    def test_every_verdict_was_right(self):
        self.assertEqual(wrong(self.results), [])

    def test_every_state_has_its_row(self):
        for family in ("IPv4", "IPv6"):
            found = {}
            for row in self.results["lookup"]:
                if row["family"] == family:
                    found.setdefault(row["peer"], set()).add(row["state"])
                    self.assertGreater(min(row["warm_ns"], row["cold_ns"]), 0, row)
            self.assertEqual(found, _STATES)

    def test_every_peer_dropped_a_flood(self):
        rows = self.results["flood"]["rows"]
        self.assertEqual([row["peer"] for row in rows], [peer.name for peer in PEERS])
        for row in rows:
            self.assertGreater(row["dropped"], 0, row)
            self.assertLessEqual(row["taken"], row["tried"], row)

    def test_events_were_read(self):
        for row in self.results["events"]["rows"]:
            self.assertGreater(row["read"], 0, row)

    def test_nothing_is_left_behind(self):
        left = [name for name in os.listdir("/run/netns") if name.startswith("sluice-bench-")]
        # Another run's are of a living process.
        self.assertEqual([name for name in left if not os.path.exists(f"/proc/{name.split('-')[2]}")], [])


if __name__ == "__main__":
    MISSING = what_is_missing()
    if MISSING and os.environ.get("CI") != "true":
        print(f"skipped: {MISSING}")
        sys.exit(_SKIP_STATUS)
    if MISSING:
        sys.exit(f"skipped in CI: {MISSING}")
    unittest.main()
