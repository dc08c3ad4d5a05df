# SPDX-License-Identifier: Apache-2.0
"""The filter outlives the brain: `attach` holds the maps, `run` comes and goes, is killed, or has no capability at all."""

import os
import shutil

import case
from lab.network import run
from lab.wait import wait_until

# The brain as its unit runs it: its own user and group, no capability.
UNPRIVILEGED = ("setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
                "--no-new-privs", "--")


def lasting(decisions):
    """What must not change with the brain: everything but what packets count up, and the protection of this host's own
    addresses, which each start finds anew."""
    return {decision["source"] + decision["action"]: {key: value for key, value in decision.items() if key not in ("packets", "bytes", "served")}
            for decision in decisions if not decision["actor"].startswith("list ")}


class Brain(case.LabCase):
    start = False

    def setUp(self):
        self.filter.attach()
        self.addCleanup(self.filter.detach)

    def end_brain(self):
        if self.filter.running():
            self.filter.stop()

    def test_killed_under_traffic(self):
        self.filter.start(attach=False)
        self.addCleanup(self.end_brain)
        found, held, brief = "198.51.100.20", "2001:db8:1000:20::1", "198.51.100.21"
        # So that its first packets do not wait for the lab's young IPv6 addresses and neighbours.
        self.assertServed(held)
        self.fall_for_decoy(found)
        self.filter.ctl("block", held, "--for", "1h", "--reason", "seen by hand")
        self.filter.ctl("throttle", "198.51.100.22", "--for", "1h", "--rate", "7", "--burst", "9")
        self.filter.ctl("allow", "198.51.100.23", "--reason", "the auditor")
        for address in (found, held):
            self.assertDropped(address)
        # It stands for the two looks at it, of a second each, on a machine that is busy with other things too.
        self.filter.ctl("block", brief, "--for", "8s")
        before = lasting(self.filter.decisions())
        self.assertDropped(brief)

        self.filter.kill()
        for address in (brief, found, held):
            self.assertDropped(address)
        self.assertServed("198.51.100.24")
        with self.subTest("the kernel itself ends what is past its deadline"):
            wait_until("the brief block to end with no brain", lambda: self.ask(brief, seconds=0.3) == 200, 12)
            self.assertDropped(found)
        # What happens while nobody reads.
        self.ask("198.51.100.25", case.DECOY)

        self.filter.start(attach=False)
        with self.subTest("the same ledger: sources, reasons, actors, deadlines"):
            after = lasting(self.filter.decisions())
            late = after.pop("198.51.100.25block", None)
            before = {key: value for key, value in before.items() if value["source"] != brief}
            self.assertEqual(after, before)
        with self.subTest("the proof too"):
            self.assertEqual(self.filter.ask("explain", found)["in_force"][0]["signals"][0]["heuristic"], "decoy")
        with self.subTest("the log is read from where the dead one stopped"):
            wait_until("the decoy asked for meanwhile to be found", lambda: late or self.filter.decision("198.51.100.25"))
            self.assertDropped("198.51.100.25")
        for address in (found, held):
            self.assertDropped(address)
        self.assertEqual(self.filter.ctl("unblock", found).status, 0)
        self.assertServed(found)

    def test_stopped_in_order_leaves_the_filter(self):
        self.filter.start(attach=False)
        self.filter.ctl("block", "198.51.100.26", "--for", "1h")
        self.assertEqual(self.filter.stop(), 0)
        self.assertDropped("198.51.100.26")
        with self.subTest("a second brain beside a living one is refused"):
            self.filter.start(attach=False)
            self.addCleanup(self.end_brain)
            self.assertRefused(self.filter.daemon("run"))
            self.assertDropped("198.51.100.26")
        self.assertTrue(self.filter.running())

    def test_without_any_capability(self):
        self.end_brain()
        self.filter.detach()
        self.filter.configure({"control": {"group": "www-data"}, "store": {"path": os.path.join(self.lab.folder, "unprivileged", "state.db")}})
        folder = os.path.join(self.lab.folder, "unprivileged")
        os.mkdir(folder)
        shutil.chown(folder, "www-data", "www-data")
        self.filter.configure({"control": {"socket": os.path.join(folder, "control.sock")}})
        self.filter.socket = os.path.join(folder, "control.sock")
        self.filter.attach()
        self.filter.start(attach=False, wrapper=UNPRIVILEGED)
        self.addCleanup(self.end_brain)
        with open(f"/proc/{self.filter.pid}/status", encoding="utf-8") as status:
            fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        self.assertEqual({fields[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")}, {"0" * 16})
        self.assertNotEqual(fields["Uid"].split()[0], "0")
        self.fall_for_decoy("198.51.100.27")
        self.assertDropped("198.51.100.27")
        self.assertEqual(self.filter.ctl("unblock", "198.51.100.27").status, 0)
        self.assertServed("198.51.100.27")


class Order(case.LabCase):
    """attach, run and detach in orders that people will try."""

    start = False

    def test_run_before_attach_says_what_to_do(self):
        self.assertRefused(self.filter.daemon("run"), "sluiced attach")

    def test_attach_twice_keeps_what_is_in_force(self):
        self.filter.attach()
        self.filter.start(attach=False)
        self.filter.ctl("block", "198.51.100.28", "--for", "1h")
        self.filter.attach()
        self.assertDropped("198.51.100.28")
        self.filter.stop()
        self.filter.detach()
        with self.subTest("detached: everybody is served"):
            self.assertServed("198.51.100.28")
        with self.subTest("detaching what is not attached is no failure"):
            self.assertEqual(self.filter.daemon("detach").status, 0)

    def test_run_with_attach_takes_it_away_again(self):
        self.filter.start()
        self.filter.ctl("block", "198.51.100.29", "--for", "1h")
        self.assertDropped("198.51.100.29")
        self.assertEqual(self.filter.stop(), 0)
        self.assertServed("198.51.100.29")
        self.assertNotIn("xdp", self.network.server.ip("link", "show", self.network.interface))
        self.assertFalse(os.path.exists(self.filter.bpf_fs))
        with self.subTest("but not the decision"):
            self.filter.start()
            self.assertDropped("198.51.100.29")
            self.filter.stop()

    def test_detached_under_a_living_brain(self):
        self.filter.attach()
        self.filter.start(attach=False)
        self.filter.ctl("block", "198.51.100.33", "--for", "1h")
        self.filter.detach()
        self.assertServed("198.51.100.33")
        self.assertNotEqual(self.filter.wait(15), 0, "a brain with no filter is of no use, and says so")
        self.assertIn("the filter was detached", self.filter.log_text())

    def test_another_program_is_left_alone(self):
        """Somebody else's XDP program at the interface: Sluice runs beside it or refuses, and never removes it."""
        program = os.path.join(self.lab.folder, "other.o")
        compile_other(program)
        self.network.server.run("ip", "link", "set", "dev", self.network.interface, "xdpdrv", "obj", program, "sec", "xdp")
        try:
            theirs = self.network.server.ip("link", "show", self.network.interface).split("prog/xdp id ")[1].split()[0]
            answer = self.filter.daemon("attach")
            link = self.network.server.ip("link", "show", self.network.interface)
            self.assertIn(f"prog/xdp id {theirs} ", link + " ", "another program was removed")
            self.assertRefused(answer, self.network.interface)
        finally:
            self.filter.daemon("detach")
            self.network.server.run("ip", "link", "set", "dev", self.network.interface, "xdpdrv", "off")


def compile_other(target):
    """An XDP program that passes everything."""
    source = target.replace(".o", ".c")
    with open(source, "w", encoding="utf-8") as file:
        file.write('__attribute__((section("xdp"), used)) int other(void *context) { (void)context; return 2; }\n'
                   'char _license[] __attribute__((section("license"), used)) = "GPL";\n')

    run("clang", "-target", "bpf", "-O2", "-g", "-c", source, "-o", target)


if __name__ == "__main__":
    case.main()
