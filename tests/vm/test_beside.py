# SPDX-License-Identifier: Apache-2.0
"""Sluice beside somebody else's XDP program, under libxdp's dispatcher: neither goes when the other comes, changes or goes."""

import os

import case
from kernel_objects import pinned_map


class Beside(case.VmCase):
    def assertBothSee(self, stranger):
        """Further packets pass both programs, and those of the blocked address end at ours."""
        seen, passed, dropped = stranger.seen(), self.counted("pass_default"), self.counted("drop_decision")
        traffic = self.traffic()
        traffic.more()
        traffic.stop()
        self.assertNothingCameThrough(traffic)
        self.assertGreaterEqual(stranger.seen(), seen + traffic.rounds)
        self.assertGreaterEqual(self.counted("pass_default"), passed + traffic.rounds)
        self.assertGreater(self.counted("drop_decision"), dropped)
        self.assertTrue(stranger.is_attached())
        self.assertStands()

    def decisions_map(self):
        return pinned_map(os.path.join(self.filter.bpf_fs, "maps", "decisions_v4"))

    def test_the_stranger_was_there_first(self):
        stranger = self.load_stranger()
        self.filter.attach()
        self.start()
        self.assertBothSee(stranger)
        with self.subTest("an upgrade in place keeps the maps"):
            before = self.decisions_map()
            traffic = self.traffic()
            self.filter.attach()
            traffic.stop()
            self.assertNothingCameThrough(traffic)
            self.assertEqual(self.decisions_map()["id"], before["id"])
            self.assertBothSee(stranger)
        with self.subTest("one to maps of another size keeps the decisions"):
            traffic = self.traffic()
            self.filter.configure({"filter": {"max_decisions": 4242}})
            self.filter.attach()
            traffic.stop()
            self.assertNothingCameThrough(traffic)
            self.assertEqual(self.decisions_map()["max_entries"], 4242)
            self.await_capacity(4242)
            self.assertEqual(self.filter.decision(case.BLOCKED)["source"], case.BLOCKED)
            self.assertBothSee(stranger)
        with self.subTest("detached, the stranger stays"):
            self.filter.stop()
            self.filter.detach()
            self.assertNothingLeft()
            self.assertTrue(stranger.is_attached())
            seen = stranger.seen()
            self.assertTrue(self.reaches(case.BLOCKED))
            self.assertGreater(stranger.seen(), seen)

    def test_sluice_was_there_first(self):
        self.filter.attach()
        self.start()
        traffic = self.traffic()
        stranger = self.load_stranger()
        traffic.stop()
        self.assertNothingCameThrough(traffic)
        self.assertBothSee(stranger)
        with self.subTest("an upgrade in place leaves the stranger"):
            self.filter.attach()
            self.assertBothSee(stranger)
        with self.subTest("the stranger goes, Sluice stays"):
            traffic = self.traffic()
            stranger.unload()
            traffic.more()
            traffic.stop()
            self.assertNothingCameThrough(traffic)
            self.assertStands()
        with self.subTest("and comes back"):
            self.assertBothSee(self.load_stranger())


if __name__ == "__main__":
    case.main()
