# SPDX-License-Identifier: Apache-2.0
"""What an operator types does what it says: block, unblock, allow, throttle, list, explain, and what is refused."""

import getpass

import case
from lab.network import GATEWAY_V4, GATEWAY_V6, SERVER_V4, SERVER_V6
from lab.packets import Receiver, Sender, steady


class Operator(case.LabCase):
    settings = {"protect": {"management": ["203.0.113.0/28"]}}

    def ctl(self, *arguments, **options):
        answer = self.filter.ctl(*arguments, **options)
        self.assertEqual(answer.status, 0, answer)
        return answer

    def test_block_and_unblock(self):
        address = "198.51.100.30"
        self.assertServed(address)
        self.ctl("block", address, "--for", "1h", "--reason", "seen in the shop")
        self.assertDropped(address)
        decision = self.filter.decision(address)
        self.assertEqual(decision["reason"], "seen in the shop")
        self.assertEqual(decision["actor"], f"operator {getpass.getuser()}")
        self.assertIn("seen in the shop", self.ctl("list").out)
        self.assertServed("198.51.100.31")
        self.ctl("unblock", address)
        self.assertServed(address)
        self.assertIsNone(self.filter.decision(address))

    def test_a_prefix_holds_all_of_it_and_nothing_else(self):
        self.ctl("block", "198.51.100.64/27", "2001:db8:1000:64::/64")
        for address in ("198.51.100.64", "198.51.100.95", "2001:db8:1000:64::1", "2001:db8:1000:64:ffff::1"):
            self.assertDropped(address)
        for address in ("198.51.100.63", "198.51.100.96", "2001:db8:1000:65::1"):
            self.assertServed(address)
        with self.subTest("allow beats it"):
            self.ctl("allow", "198.51.100.70", "--for", "1h")
            self.assertServed("198.51.100.70")
            self.assertDropped("198.51.100.71")

    def test_many_from_standard_input(self):
        addresses = [f"10.65.0.{number}" for number in range(1, 101)]
        self.ctl("block", "-", "--for", "1h", text="\n".join(addresses) + "\n")
        held = {decision["source"] for decision in self.filter.decisions()}
        self.assertLessEqual(set(addresses), held)
        self.assertDropped("10.65.0.100")
        self.assertServed("10.65.0.101")
        self.ctl("unblock", "-", text="\n".join(addresses))
        self.assertServed("10.65.0.100")

    def test_what_would_cut_the_server_off_is_refused(self):
        for address, why in ((SERVER_V4, "own address"), (SERVER_V6, "own address"), (GATEWAY_V4, "gateway"),
                             (f"{GATEWAY_V6}/128", "gateway"), (GATEWAY_V6, "own address"), ("203.0.113.5", "management"), ("0.0.0.0/0", ""), ("127.0.0.1", "loopback")):
            with self.subTest(address):
                self.assertRefused(self.filter.ctl("block", address), why)
        with self.subTest("the address that the operator is connected from"):
            answer = self.filter.ctl("block", "198.51.100.200",
                                     environment={"SSH_CONNECTION": "198.51.100.200 50000 192.0.2.10 22"})
            self.assertRefused(answer, "198.51.100.200", "connected")
        sources = {decision["source"] for decision in self.filter.decisions() if decision["action"] == "block"}
        self.assertFalse(sources & {SERVER_V4, GATEWAY_V4, "203.0.113.5", "0.0.0.0/0", "198.51.100.200"})
        self.assertServed("203.0.113.5")
        self.assertServed("198.51.100.200")

    def test_nobodys_decision_replaces_anybody_elses(self):
        address = "198.51.100.33"
        self.assertEqual(self.fall_for_decoy(address)["actor"], "detector")
        weaker = self.filter.ctl("throttle", address, "--rate", "1000", "--burst", "1000", "--for", "1h")
        self.assertRefused(weaker, "without effect while the block by detector")
        self.assertEqual(len(self.filter.ask("explain", address)["in_force"]), 2)
        self.assertDropped(address)
        self.ctl("unblock", address, "--by", "detector", "--reason", "a test of ours")
        self.assertServed(address)  # within the rate
        self.ctl("block", address, "--for", "1h", "--via", "jail")
        self.assertDropped(address)
        self.ctl("allow", address, "--for", "1h")
        self.assertServed(address)
        self.ctl("unblock", address)
        self.assertEqual(self.decision_about(address)["action"], "allow", "unblock ends no allow")
        self.ctl("disallow", address)
        self.assertEqual(self.filter.ask("explain", address)["in_force"], [])
        with self.subTest("the audit log says what ended"):
            audit = self.ctl("audit").out
            self.assertIn("block by detector", audit)
            self.assertIn("block by operator root via jail", audit)
            self.assertIn("a test of ours", audit)

    def test_a_pardon_forgets(self):
        address = "198.51.100.34"
        first = self.fall_for_decoy(address)
        self.ctl("unblock", address)
        self.assertIn("was blocked once", self.ctl("explain", address).out)
        self.assertIn("1 earlier block forgotten", self.ctl("pardon", address, "--reason", "our auditor").out)
        self.assertNotIn("was blocked", self.ctl("explain", address).out)
        self.assertEqual(first["actor"], "detector")

    def test_a_network_is_explained_by_what_is_within(self):
        self.ctl("block", "198.51.100.97", "198.51.100.98", "--for", "1h")
        said = self.ctl("explain", "198.51.100.96/28").out
        self.assertIn("passes as a whole, but 2 addresses or networks within it are denied", said)
        self.assertIn("198.51.100.97", said)
        self.ctl("unblock", "198.51.100.96/28", "--all")
        self.assertServed("198.51.100.97")

    def test_a_wide_network_needs_a_yes(self):
        self.assertEqual(self.filter.ctl("block", "20.0.0.0/8").status, 2)
        self.ctl("block", "20.0.0.0/8", "--yes", "--for", "1h")
        self.ctl("unblock", "20.0.0.0/8")

    def test_nonsense_is_refused_and_changes_nothing(self):
        before = self.filter.decisions()
        for arguments in (("block", "198.51.100"), ("block", "198.51.100.1/24"), ("block", "198.51.100.9", "--for", "soon")):
            with self.subTest(arguments):
                self.assertRefused(self.filter.ctl(*arguments))
        self.assertEqual(case.as_decided(self.filter.decisions()), case.as_decided(before))

    def test_throttle_lets_through_what_it_says(self):
        address = "198.51.100.40"
        receiver = Receiver(self.network)
        self.addCleanup(receiver.close)
        sender = Sender(self.network, address)
        self.addCleanup(sender.close)
        # A burst that covers what a busy machine delays: what is late within it is made up for, beyond it is lost.
        for rate, burst in ((50, 10), (200, 40)):
            with self.subTest(rate=rate, burst=burst):
                self.ctl("throttle", address, "--rate", str(rate), "--burst", str(burst), "--for", "1m")
                drops = self.network.driver_drops()
                came, seconds = steady(sender, receiver, 1000, 5)
                self.ctl("unblock", address)
                self.assertAlmostEqual(came, rate * seconds + burst, delta=0.05 * rate * seconds)
                # And a few retransmissions of visitors that other tests here blocked.
                self.assertAlmostEqual(self.network.driver_drops() - drops, 5000 - came, delta=50)
        with self.subTest("and all of it again afterwards"):
            self.assertEqual(steady(sender, receiver, 500, 1)[0], 500)

    def test_explain_says_it_in_words(self):
        address = "198.51.100.50"
        self.fall_for_decoy(address)
        self.assertDropped(address)
        words = self.ctl("explain", address).out
        for part in (address, "block", "detector", case.DECOY):
            self.assertIn(part, words)
        answer = self.filter.ask("explain", address)
        self.assertEqual(answer["verdict"], "drop")
        self.assertEqual(answer["in_force"][0]["signals"][0]["heuristic"], "decoy")
        self.assertGreater(answer["in_force"][0]["decision"]["packets"], 0)
        self.assertGreater(len(answer["what_would_change"]), 0)
        other = self.filter.ask("explain", "198.51.100.51")
        self.assertEqual((other["verdict"], other["in_force"]), ("pass", []))

    def test_status_and_version(self):
        status = self.filter.ask("status")
        self.assertEqual(status["interfaces"][0]["name"], self.network.interface)
        self.assertEqual(status["interfaces"][0]["xdp_mode"], "native")
        self.assertIn(status["interfaces"][0]["placement"], ("dispatcher", "single program"))
        self.assertEqual(status["mode"], "enforce")
        self.assertEqual(status["logs"][0]["unreadable"], 0)
        self.assertIn("native", self.ctl("status").out)
        self.assertEqual(self.filter.ask("version")["sluiced"], status["version"])

    def test_watch_tells_as_it_happens(self):
        watch = self.filter.watch()
        self.addCleanup(watch.stop)
        self.ctl("block", "198.51.100.60", "--reason", "watched")
        event = watch.wait_for("the block", lambda event: event["event"] == "decision" and event["source"] == "198.51.100.60")
        self.assertEqual((event["action"], event["reason"]), ("block", "watched"))
        self.ctl("unblock", "198.51.100.60")
        watch.wait_for("its end", lambda event: event["event"] == "ended" and event["source"] == "198.51.100.60")


if __name__ == "__main__":
    case.main()
