# SPDX-License-Identifier: Apache-2.0
"""`sluicectl setup` on a host with a real nginx: what it sees, proposes, and writes, and what it leaves alone."""

import glob
import os
import shutil
import subprocess
import tempfile

import case
from lab.filter import TOP, Answer, sluicectl, sluiced
from lab.network import GATEWAY_V4


class Setup(case.LabCase):
    start = False

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = os.path.join(self.folder, "sluice.toml")
        shutil.copy(os.path.join(TOP, "config", "sluice.toml"), self.file)
        self.shipped = self.text()

    def text(self):
        with open(self.file, encoding="utf-8") as file:
            return file.read()

    def setup(self, *options, ssh="198.51.100.9 40000 192.0.2.10 22"):
        path = f"{os.path.dirname(sluiced())}:{os.environ['PATH']}"
        command = self.network.server.command(sluicectl(), "setup", "--file", self.file, *options)
        return Answer(subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                                     env={**os.environ, "PATH": path, "SSH_CONNECTION": ssh}))

    def test_it_sees_the_host_and_writes_nothing_unasked(self):
        answer = self.setup("--json")
        self.assertEqual(answer.status, 0, answer)
        said = answer.json()
        (interface,) = (row for row in said["interfaces"] if row["name"] == "web0")
        self.assertEqual((interface["driver"], interface["default_route"], interface["native_likely"], interface["mtu"]),
                         ("veth", True, True, 1500))
        self.assertIn("192.0.2.10", interface["addresses"])
        self.assertIn("nginx, running", said["servers"])
        log = self.nginx.access_log
        self.assertEqual([(row["path"], row["format"]) for row in said["logs"] if row["server"] == "nginx"], [(log, "combined")])
        self.assertEqual((said["management"], said["changed"], said["written"]), ("198.51.100.9", True, False))
        self.assertEqual(self.text(), self.shipped)
        self.assertEqual(os.listdir(self.folder), ["sluice.toml"])
        with self.subTest("for people, with the difference"):
            answer = self.setup()
            self.assertEqual(answer.status, 0, answer)
            for line in (f'+path = "{log}"', '-path = "/var/log/nginx/access.log"', '+management = ["198.51.100.9"]',
                         "Nothing was written; --yes writes without asking."):
                self.assertIn(line, answer.out)
            self.assertEqual(self.text(), self.shipped)

    def test_what_it_writes_is_valid_and_what_was_there_is_kept(self):
        answer = self.setup("--yes")
        self.assertEqual(answer.status, 0, answer)
        (kept,) = glob.glob(self.file + ".*")
        with open(kept, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.shipped)
        checked = subprocess.run([sluiced(), "check-config", "--effective", self.file], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked)
        self.assertIn('protect.management = ["198.51.100.9"]', checked.stdout)
        self.assertIn(self.nginx.access_log, checked.stdout)
        with self.subTest("once"):
            written = self.text()
            answer = self.setup("--yes")
            self.assertIn("fits this host already", answer.out)
            self.assertEqual((self.text(), len(glob.glob(self.file + ".*"))), (written, 1))

    def test_what_is_set_is_left_alone_and_a_fault_stays_the_operators(self):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write('[filter]\ninterfaces = ["eth7"]\nnonsense = 1\n')
        before = self.text()
        answer = self.setup("--yes")
        self.assertRefused(answer, "nothing was written", "nonsense")
        self.assertEqual(self.text(), before)
        self.assertEqual(os.listdir(self.folder), ["sluice.toml"])

    def test_it_offers_the_routes_of_the_site(self):
        for visitor in range(1, 31):
            for page in range(8):
                self.assertEqual(self.ask(f"198.51.100.{visitor}", f"/?member={8 * visitor + page}"), 200)
                self.assertEqual(self.ask(f"198.51.100.{visitor}", f"/?thread={8 * visitor + page}"), 200)
        self.nginx.settle()
        answer = self.setup("--json")
        self.assertEqual(answer.status, 0, answer)
        said = answer.json()
        self.assertEqual((said["site"]["files"], said["site"]["looks_like_people"]), ([self.nginx.access_log], ["/?member={subject}"]))
        self.assertIn("route: /?member={subject} looks like people (about ", " ".join(said["reasons"]))
        answer = self.setup("--yes")
        self.assertEqual(answer.status, 0, answer)
        self.assertIn(f"{self.nginx.access_log} was read, its newest 32 MiB if it is longer", answer.out)
        with self.subTest("in place of the default route, with the evidence; what looks like other things is a comment"):
            self.assertNotIn("/people/{subject}", self.text())
            self.assertRegex(self.text(), r"(?s)# /\?member=\{number\}: .* % of the visitors, about .* different values.*"
                             r"# can be guessed by counting.*\n\[\[route\]\]\nname = .*\npattern = \"/\?member=\{subject\}\"")
            self.assertIn('# pattern = "/?thread={subject}"', self.text())
        with self.subTest("they are in force, and are the operator's from then on"):
            tested = subprocess.run([sluiced(), "test-route", "--config", self.file, "/?member=7"], capture_output=True, text=True, check=True)
            self.assertIn("subject '7'", tested.stdout)
            self.assertIn("fits this host already", self.setup("--yes").out)

    def test_a_log_that_says_too_little_changes_no_route(self):
        """Runs first: the others fill the log."""
        self.assertEqual(self.ask("198.51.100.1"), 200)
        self.nginx.settle()
        answer = self.setup("--yes")
        self.assertEqual(answer.status, 0, answer)
        self.assertIn("are too few to find pages about people", answer.out)
        self.assertIn('pattern = "/people/{subject}"', self.text())

    def test_behind_a_proxy(self):
        """All lines come from the gateway: a private address would be trusted, this one is asked after."""
        for _ in range(60):
            self.assertEqual(self.ask(GATEWAY_V4), 200)
        self.nginx.settle()
        answer = self.setup("--json")
        self.assertIn(f"come from {GATEWAY_V4}: if that is your proxy or CDN", " ".join(answer.json()["remarks"]))


if __name__ == "__main__":
    case.main()
