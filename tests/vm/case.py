# SPDX-License-Identifier: Apache-2.0
"""What every part of the virtual machine's story starts from: a network, a filter, and packets through them.

No web server: UDP to a protected port is judged as TCP is. Waits follow how slow the machine is.
"""

import contextlib
import os
import shutil
import tempfile
import unittest

from kernel_objects import program_ids
from lab.filter import Filter, build_folder
from lab.network import PREFIX, Network, exit_on_signals
from lab.packets import Receiver, Sender
from lab.wait import wait_until
from pace import patience
from stranger import Stranger
from traffic import Traffic

PATIENCE = patience(10.0)
BLOCKED = "198.51.100.66"
CLEAN = "198.51.100.7"


class VmCase(unittest.TestCase):
    """One network and one filter, not attached, for each test; whatever is attached at its end is detached."""

    wired = None  # see lab.network.Network

    def setUp(self):
        made = contextlib.ExitStack()
        self.addCleanup(made.close)
        self.network = Network(self.wired)
        made.callback(self.network.remove)
        self.folder = tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-", dir="/tmp")
        made.callback(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o755)
        self.log = os.path.join(self.folder, "access.log")
        with open(self.log, "w", encoding="utf-8"):
            pass
        self.filter = Filter(self.network, self.folder, self.log)
        made.callback(self.filter.close)

    def start(self, **options):
        """The brain on what is attached, and BLOCKED blocked."""
        self.filter.start(attach=False, seconds=PATIENCE, **options)
        self.assertEqual(self.filter.ctl("block", BLOCKED, "--for", "1d").status, 0)

    def load_stranger(self):
        stranger = Stranger(self.network, os.path.join(build_folder(), "tests", "vm", "stranger.bpf.o"))
        self.addCleanup(stranger.unload)
        return stranger

    def traffic(self):
        """From BLOCKED and CLEAN, until it is told to stop or the test ends."""
        traffic = Traffic(self.network, BLOCKED, CLEAN)
        self.addCleanup(traffic.stop)
        return traffic

    def reaches(self, address):
        """Whether a packet of that address comes through, seen by one of CLEAN that was sent after it. Not beside traffic()."""
        with contextlib.ExitStack() as open_:
            receiver = open_.enter_context(contextlib.closing(Receiver(self.network)))
            asked, clean = (open_.enter_context(contextlib.closing(Sender(self.network, who))) for who in (address, CLEAN))
            seen = set()

            def settled():
                receiver.wait(0.1)
                seen.update(sender for sender, _ in receiver.take())
                return CLEAN in seen

            for _ in range(3):
                asked.send()
            clean.send()
            wait_until("the clean packet", settled, PATIENCE)
            settled()  # what another queue still held
            return address in seen

    def await_capacity(self, decisions):
        """Until the brain has taken over maps of that size."""

        def taken_over():
            answer = self.filter.ctl("--json", "status")
            return answer.status == 0 and answer.json()["decisions_capacity"] == decisions

        wait_until("the brain to take the new maps over", taken_over, PATIENCE)

    def counted(self, reason):
        return next(row["packets"] for row in self.filter.ask("status")["counters"] if row["reason"] == reason)

    def assertStands(self, mode="native", placement="dispatcher"):
        """One program of ours at the interface, and nothing to warn of."""
        status = self.filter.ask("status")
        self.assertEqual([(row["name"], row["xdp_mode"], row["placement"]) for row in status["interfaces"]],
                         [(self.network.interface, mode, placement)])
        # A machine without a network has nobody to ask for the time, and is told so.
        self.assertEqual([said for said in status["warnings"] if not said.startswith("The clock is not synchronised")], [])

    def assertNothingCameThrough(self, traffic):
        self.assertGreater(traffic.rounds, 0)
        self.assertEqual((traffic.leaked, traffic.lost), (0, 0), f"(came through, lost) in {traffic.rounds} rounds")

    def assertNothingLeft(self):
        """No program of ours in the kernel, attached or not, and no pin."""
        self.assertFalse(os.path.exists(self.filter.bpf_fs))
        wait_until("the programs to be gone", lambda: not program_ids("sluice"), PATIENCE)


def main():
    exit_on_signals()
    unittest.main(verbosity=2)
