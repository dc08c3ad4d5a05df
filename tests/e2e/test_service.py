# SPDX-License-Identifier: Apache-2.0
"""What the units rest on: the watchdog, interfaces of the default routes, and an attach that is asked for and not done."""

import contextlib
import os
import signal
import socket
import time

import case
from lab.filter import sluiced
from lab.network import GATEWAY_V4, GATEWAY_V6
from lab.wait import wait_until

_WATCHDOG = 0.4  # seconds


class Watchdog(case.LabCase):
    start = False

    def test_a_loop_that_turns_says_so_and_one_that_hangs_does_not(self):
        self.filter.attach()
        self.addCleanup(self.filter.close)
        path = os.path.join(self.filter.folder, "service.sock")
        with contextlib.ExitStack() as open_:
            notify = open_.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            notify.bind(path)
            log = open_.enter_context(open(self.filter.log, "ab"))
            process = self.network.server.popen(
                sluiced(), "run", "--config", self.filter.config, stderr=log,
                env={**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(int(_WATCHDOG * 1e6))})
            open_.callback(process.wait)
            open_.callback(process.kill)
            notify.settimeout(20)
            said = []
            while said.count("WATCHDOG=1") < 5:
                if said.count("WATCHDOG=1") > 0:
                    notify.settimeout(_WATCHDOG)  # each within what was asked for
                said.append(notify.recv(4096).decode().split("\n")[0])
            self.assertEqual(said[0], "READY=1")
            process.send_signal(signal.SIGSTOP)
            with self.assertRaises(TimeoutError):
                while True:  # what was said before it stopped
                    notify.recv(4096)
            process.send_signal(signal.SIGCONT)
            process.terminate()
            self.assertEqual(process.wait(20), 0)


class DefaultRoute(case.LabCase):
    start = False

    def routes(self, act):
        server = self.network.server
        server.ip("route", act, "default", "via", GATEWAY_V4)
        server.ip("-6", "route", act, "default", "via", GATEWAY_V6)

    def filtered(self):
        return [row["name"] for row in self.filter.ask("status")["interfaces"] if row["xdp_mode"] != "not attached"]

    def test_its_interface_is_filtered_once_it_is_there_and_stays_so(self):
        self.addCleanup(self.filter.close)
        self.filter.configure({"filter": {"interfaces": ["auto"]}})
        self.routes("del")
        with self.subTest("without one an attach is refused, or makes the tables alone"):
            self.assertRefused(self.filter.daemon("attach"), "no default route", "name the interfaces")
            self.filter.attach("--skip-missing")
        wanted = os.path.join(self.filter.folder, "attach-wanted")
        self.filter.start(attach=False, options=("--ask-attach", wanted))
        self.assertEqual(self.filtered(), [])
        self.assertIn("no default route", " ".join(self.filter.ask("status")["warnings"]))
        self.assertFalse(os.path.exists(wanted))
        self.assertEqual(self.filter.ctl("block", "198.51.100.20", "--for", "1h").status, 0)
        with self.subTest("when it comes an attach is asked for"):
            self.routes("add")
            wait_until("the brain to ask", lambda: os.path.exists(wanted))
            self.assertIn("web0: not filtered, asking for an attach", self.filter.log_text())
            self.filter.attach("--skip-missing")
            self.assertEqual(self.filtered(), ["web0"])
            self.assertDropped("198.51.100.20")
            self.assertServed("198.51.100.21")
        with self.subTest("a route that goes takes no protection with it"):
            self.routes("del")
            self.filter.attach()
            self.assertEqual(self.filtered(), ["web0"])
            self.routes("add")
            self.assertDropped("198.51.100.20")

    def test_what_is_missing_is_left_out_where_that_is_wanted(self):
        self.addCleanup(self.filter.close)
        self.filter.configure({"filter": {"interfaces": ["late0", "web0"]}})
        self.assertRefused(self.filter.daemon("attach"), "late0")
        answer = self.filter.daemon("attach", "--skip-missing")
        self.assertEqual(answer.status, 0, answer)
        self.assertIn("late0: there is no such interface now", answer.err)
        wanted = os.path.join(self.filter.folder, "late-wanted")
        self.filter.start(attach=False, options=("--ask-attach", wanted))
        self.assertEqual(self.filtered(), ["web0"])
        warnings = " ".join(self.filter.ask("status")["warnings"])
        self.assertIn("late0 is not filtered though filter.interfaces names it, and there is no such interface now", warnings)
        begin = time.monotonic()
        self.network.server.ip("link", "add", "late0", "type", "veth", "peer", "name", "late1",
                               "netns", self.network.visitors.name)
        self.addCleanup(self.network.server.ip, "link", "del", "late0")
        wait_until("the brain to ask", lambda: os.path.exists(wanted))
        print(f"asked {time.monotonic() - begin:.2f} s after the interface came")
        self.filter.attach("--skip-missing")
        self.assertEqual(sorted(self.filtered()), ["late0", "web0"])

    def test_one_of_both_attaches(self):
        self.assertEqual(self.filter.daemon("run", "--attach", "--ask-attach", "/dev/null").status, 2)


if __name__ == "__main__":
    case.main()
