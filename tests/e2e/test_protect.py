# SPDX-License-Identifier: Apache-2.0
"""`scripts/demo --interface IF --log FILE` protects the host it is run on: watches, or with --enforce drops, and leaves
nothing behind. The lab's web server stands for the host; Sluice is the script's own."""

import os
import signal
import subprocess
import threading

import case
from lab.filter import TOP, build_folder
from lab.wait import wait_until


class Protect(case.LabCase):
    start = False

    def protect(self, *options):
        """Starts the script and returns when it is ready: (process, what it says as it comes)."""
        # Its set-up and build are no part of this: what was built is what is tested.
        process = self.network.server.popen(
            os.path.join(TOP, "scripts", "demo"), "--built", "--interface", self.network.interface,
            "--log", self.nginx.access_log, "--decoy", case.DECOY, *options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env={**os.environ, "SLUICE_BUILD_DIR": build_folder()})
        said = []
        thread = threading.Thread(target=lambda: said.extend(iter(process.stdout.readline, "")), daemon=True)
        thread.start()
        self.addCleanup(process.stdout.close)
        self.addCleanup(thread.join)
        self.addCleanup(lambda: process.poll() is None and process.terminate())
        wait_until("the script to be ready", lambda: any("ready" in line for line in said) or process.poll() is not None, 30)
        self.assertIsNone(process.poll(), said)
        return process, said

    def end(self, process, said):
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(15), 130, said)
        self.assertNotIn("xdp", self.network.server.ip("link", "show", self.network.interface))

    def test_it_watches_by_default(self):
        process, said = self.protect()
        self.ask("198.51.100.61", case.DECOY)
        wait_until("it to say what it would do", lambda: any("198.51.100.61" in line and "would" in line for line in said))
        self.assertServed("198.51.100.61")
        self.end(process, said)

    def test_it_drops_when_told(self):
        process, said = self.protect("--enforce")
        self.ask("198.51.100.62", case.DECOY)
        wait_until("it to say what it did", lambda: any("198.51.100.62" in line and "block" in line for line in said))
        self.assertDropped("198.51.100.62")
        self.assertServed("198.51.100.63")
        self.end(process, said)
        self.assertServed("198.51.100.62")

    def test_what_is_missing_is_said(self):
        for options, word in ((["--enforce"], "--interface"), (["--interface", "nosuch0", "--log", self.nginx.access_log], "nosuch0"),
                              (["--interface", "web0"], "--log"), (["--interface", "web0", "--log", "/no/such"], "/no/such")):
            with self.subTest(options):
                done = subprocess.run(self.network.server.command(os.path.join(TOP, "scripts", "demo"), *options),
                                      capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn(word, done.stderr)


if __name__ == "__main__":
    case.main()
