# SPDX-License-Identifier: Apache-2.0
"""What every end-to-end test file starts from: a lab for the class, and one way to skip.

A test file is run by itself: `case.main()` at its end gives CTest's skip code when the machine cannot run it, and a failure
instead where CI=true says that it must. A test that needs no lab says by itself what is missing.
"""

import os
import sys
import unittest

from lab.filter import sluicectl, sluiced
from lab.lab import Lab
from lab.network import exit_on_signals
from lab.site import DECOY
from lab.visitors.probe import ask
from lab.wait import wait_until

_SKIP_STATUS = 77  # SKIP_RETURN_CODE in CMakeLists.txt


def what_is_missing():
    """Why this machine cannot run the lab, or None."""
    if os.geteuid() != 0:
        return "needs to run as root (network namespaces, XDP)"
    if not os.path.ismount("/sys/fs/bpf"):
        return "/sys/fs/bpf is not mounted (scripts/setup mounts it)"
    for program in ("/usr/sbin/nginx", "/usr/bin/scrapy", "/usr/bin/wget", "/usr/bin/curl", "/usr/bin/openssl",
                    "/usr/bin/tcpdump", "/usr/sbin/ethtool"):
        if not os.path.exists(program):
            return f"{program} is not installed (scripts/setup installs it)"
    for program in (sluiced(), sluicectl()):
        if not os.path.exists(program):
            return f"{program} is not built (scripts/build builds it)"
    return None


class LabCase(unittest.TestCase):
    """One lab for the tests of a class; `settings` go over the lab's configuration."""

    people = 60
    settings = None
    tls = False  # the web server speaks HTTPS too
    start = True  # `sluiced run --attach` is in force when the first test begins

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(cls.people, cls.settings, cls.tls)
        cls.addClassCleanup(cls.lab.close)
        cls.network, cls.nginx, cls.filter = cls.lab.network, cls.lab.nginx, cls.lab.filter
        if cls.start:
            cls.filter.start()

    def ask(self, address, path="/people/1", seconds=1.0):
        return ask(self.network, address, path, seconds)

    def fall_for_decoy(self, address):
        """Asks for the decoy, which one request suffices to be blocked for; returns when the block is in the ledger."""
        self.ask(address, DECOY)
        return wait_until(f"a decision about {address}", lambda: self.decision_about(address))

    def decision_about(self, address):
        """The decision in force that counts for an address, or None."""
        in_force = self.filter.ask("explain", address)["in_force"]
        return in_force[0]["decision"] if in_force else None

    def assertServed(self, address, path="/people/1"):
        self.assertEqual(self.ask(address, path, 5.0), 200, f"{address} is not served")

    def assertDropped(self, address):
        """No answer, the driver counts its packets, nginx saw nothing."""
        self.nginx.settle()
        drops, hits = self.network.driver_drops(), len(self.nginx.hits(address))
        self.assertIsNone(self.ask(address), f"{address} got an answer")
        self.assertGreater(self.network.driver_drops(), drops, "the driver's drop counter did not move")
        self.nginx.settle()
        self.assertEqual(len(self.nginx.hits(address)), hits, f"nginx served {address}")

    def assertRefused(self, answer, *words):
        self.assertNotEqual(answer.status, 0, answer)
        said = (answer.out + answer.err).lower()
        for word in words:
            self.assertIn(word.lower(), said)


def as_decided(decisions):
    """Without what packets change: one that was on its way when a client gave up may still come."""
    return [{key: value for key, value in decision.items() if key not in ("packets", "bytes", "served")} for decision in decisions]


def main(what_is_missing=what_is_missing):
    exit_on_signals()
    missing = what_is_missing()
    if missing:
        if os.environ.get("CI") == "true":
            sys.exit(f"failed: in CI this must run: {missing}")
        print(f"skipped: {missing}")
        sys.exit(_SKIP_STATUS)
    unittest.main(verbosity=2)
