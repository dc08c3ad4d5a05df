# SPDX-License-Identifier: Apache-2.0
"""A network card instead of a veth pair: native mode where its driver takes it; else generic mode, and said so."""

import os
import unittest

import case
from lab.filter import build_folder
from lab.network import CommandFailed

_CARDS = ("eth0", "eth1")


@unittest.skipUnless(all(os.path.exists(f"/sys/class/net/{card}") for card in _CARDS), f"needs {' and '.join(_CARDS)}, wired")
class Card(case.VmCase):
    wired = _CARDS

    def takes_native(self):
        """What the driver says when somebody else asks."""
        program = os.path.join(build_folder(), "tests", "vm", "stranger.bpf.o")
        link = ("ip", "link", "set", "dev", self.network.interface, "xdpdrv")
        try:
            self.network.server.run(*link, "obj", program, "sec", "xdp")
        except CommandFailed as refusal:
            print(f"the driver refuses native mode: {refusal}", flush=True)
            return False
        self.network.server.run(*link, "off")
        print("the driver takes native mode", flush=True)
        return True

    def test_the_best_mode_that_there_is(self):
        takes_native = self.takes_native()
        mode = "native" if takes_native else "generic"
        self.filter.configure({"filter": {"xdp_mode": "auto"}})
        said = self.filter.daemon("attach")
        self.assertEqual(said.status, 0, said)
        print(said.err, flush=True)
        self.assertIn(f"in {mode} mode", said.err)
        self.assertEqual("the driver refused native mode" in said.err, not takes_native, said)
        self.start()
        status = self.filter.ask("status")
        self.assertEqual([row["xdp_mode"] for row in status["interfaces"]], [mode])
        self.assertEqual(any("generic mode" in text for text in status["warnings"]), not takes_native, status["warnings"])
        with self.subTest("what is blocked does not come through, the rest does"):
            dropped = self.counted("drop_decision")
            self.assertFalse(self.reaches(case.BLOCKED))
            self.assertGreaterEqual(self.counted("drop_decision"), dropped + 3)
        with self.subTest("nor under an upgrade"):
            traffic = self.traffic()
            self.filter.attach()
            traffic.more()
            traffic.stop()
            self.assertNothingCameThrough(traffic)
        self.filter.stop()
        self.filter.detach()
        self.assertNothingLeft()
        with self.subTest("told native alone, it obeys or refuses in words"):
            self.filter.configure({"filter": {"xdp_mode": "native"}})
            said = self.filter.daemon("attach")
            self.assertEqual(said.status == 0, takes_native, said)
            if not takes_native:
                print(said.err, flush=True)
                self.assertIn(self.network.interface, said.err)
                self.assertIn("native", said.err)
                self.assertNothingLeft()


if __name__ == "__main__":
    case.main()
