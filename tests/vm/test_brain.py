# SPDX-License-Identifier: Apache-2.0
"""`sluiced run` as an ordinary user without any capability, on the maps that root attached, beside a stranger's program."""

import datetime
import os
import shutil

import case
from lab.site import DECOY
from lab.wait import wait_until

USER = "www-data"
_POWERLESS = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
              "--no-new-privs", "--")


class Brain(case.VmCase):
    def test_without_any_capability(self):
        private = os.path.join(self.folder, "private")
        os.mkdir(private)
        shutil.chown(private, USER, USER)
        self.filter.socket = os.path.join(private, "control.sock")
        self.filter.configure({"control": {"group": USER, "socket": self.filter.socket},
                               "store": {"path": os.path.join(private, "state.db")}})
        self.load_stranger()
        self.filter.attach()
        self.start(wrapper=_POWERLESS)
        with self.subTest("it has none"):
            with open(f"/proc/{self.filter.pid}/status", encoding="utf-8") as status:
                fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
            self.assertEqual({fields[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")}, {"0" * 16})
            self.assertNotEqual(fields["Uid"].split()[0], "0")
        with self.subTest("it tells where the filter stands"):
            self.assertStands()
        with self.subTest("what it decides is in force, and counted"):
            dropped = self.counted("drop_decision")
            self.assertFalse(self.reaches(case.BLOCKED))
            self.assertGreaterEqual(self.counted("drop_decision"), dropped + 3)
            self.assertEqual(self.filter.ctl("unblock", case.BLOCKED).status, 0)
            self.assertTrue(self.reaches(case.BLOCKED))
        with self.subTest("it finds what the log shows"):
            found = "203.0.113.9"
            self.assertTrue(self.reaches(found))
            now = datetime.datetime.now(datetime.timezone.utc).strftime("%d/%b/%Y:%H:%M:%S +0000")
            with open(self.log, "a", encoding="utf-8") as log:
                log.write(f'{found} - - [{now}] "GET {DECOY} HTTP/1.1" 200 512 "-" "probe"\n')
            wait_until("the decision", lambda: self.filter.decision(found), case.PATIENCE)
            self.assertFalse(self.reaches(found))
        with self.subTest("it follows an upgrade to new maps"):
            self.filter.configure({"filter": {"max_decisions": 4242}})
            self.filter.attach()
            self.await_capacity(4242)
            self.assertFalse(self.reaches(found))
            self.assertEqual(self.filter.ctl("block", case.BLOCKED, "--for", "1h").status, 0)
            self.assertFalse(self.reaches(case.BLOCKED))
            self.assertStands()


if __name__ == "__main__":
    case.main()
