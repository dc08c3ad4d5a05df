# SPDX-License-Identifier: Apache-2.0
"""An attach to maps of another size, killed at random instants under traffic: the former filter or the new one is whole."""

import contextlib
import os
import random
import subprocess
import time

import case
from kernel_objects import pinned_map
from lab.filter import sluiced

_ROUNDS = 20


class Killed(case.VmCase):
    def attach(self):
        """How long it took."""
        begin = time.monotonic()
        self.filter.attach()
        return time.monotonic() - begin

    def kill_migration(self, capacity, after):
        """False if it came to its end before."""
        self.filter.configure({"filter": {"max_decisions": capacity}})
        with subprocess.Popen([sluiced(), "attach", "--config", self.filter.config], stderr=subprocess.DEVNULL,
                              preexec_fn=self.network.server.enter) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(after)
            process.kill()
        return process.returncode != 0

    def capacity(self):
        """Of the maps in force."""
        return pinned_map(os.path.join(self.filter.bpf_fs, "maps", "decisions_v4"))["max_entries"]

    def kill_rounds(self, seed):
        chance = random.Random(seed)
        self.filter.attach()
        self.start()
        traffic = self.traffic()
        self.filter.configure({"filter": {"max_decisions": 999}})
        whole = self.attach()
        self.await_capacity(999)
        outcomes = {"ended before": 0, "the former in force": 0, "the new in force": 0}
        for number in range(_ROUNDS):
            wanted = 1000 + number
            # Every other time towards the end, where programs and maps change places: most of an attach is the verifier's.
            killed = self.kill_migration(wanted, chance.uniform(0.7 * (number % 2), 1.1) * whole)
            new = self.capacity() == wanted
            outcomes[("the new in force" if new else "the former in force") if killed else "ended before"] += 1
            traffic.more(5)
            self.assertNothingCameThrough(traffic)
            whole = self.attach()
            self.await_capacity(wanted)
            self.assertStands()
            self.assertEqual(sorted(os.listdir(self.filter.bpf_fs)), ["maps", "programs"])
            self.assertEqual(os.listdir(os.path.join(self.filter.bpf_fs, "programs")), [self.network.interface])
            self.assertEqual(self.filter.decision(case.BLOCKED)["source"], case.BLOCKED)
        traffic.stop()
        self.assertNothingCameThrough(traffic)
        print(f"{_ROUNDS} rounds, seed {seed}, an attach takes {whole:.1f} s: {outcomes}; {traffic.rounds} rounds of traffic, "
              f"{traffic.leaked} leaked, {traffic.lost} lost", flush=True)

    def test_alone(self):
        self.kill_rounds(random.randrange(1 << 32))
        self.filter.stop()
        self.filter.detach()
        self.assertNothingLeft()

    def test_beside_a_stranger(self):
        stranger = self.load_stranger()
        self.kill_rounds(random.randrange(1 << 32))
        self.assertTrue(stranger.is_attached())
        self.filter.stop()
        self.filter.detach()
        self.assertNothingLeft()
        self.assertTrue(stranger.is_attached())


if __name__ == "__main__":
    case.main()
