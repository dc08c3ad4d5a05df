# SPDX-License-Identifier: Apache-2.0
"""The README's first command keeps its promises: the story ends well, and a Ctrl-C leaves nothing behind."""

import os
import signal
import subprocess
import sys
import unittest

import case
from lab.network import PREFIX, sweep
from lab.wait import wait_until


def start_demo():
    return subprocess.Popen([sys.executable, "-m", "lab.demo"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def left_behind(pid):
    mark = f"{PREFIX}-{pid}"
    return [os.path.join(parent, name) for parent in ("/run/netns", "/sys/fs/bpf", "/tmp") if os.path.isdir(parent)
            for name in os.listdir(parent) if name.startswith(mark)]


class Demo(unittest.TestCase):
    def test_it_ends_well(self):
        demo = start_demo()
        told, _ = demo.communicate(timeout=180)
        print(told)
        self.assertEqual(demo.returncode, 0, told)
        self.assertNotIn("\033", told, "colour is for terminals")
        self.assertRegex(told, r"\nNobody else noticed: the slowest of the persons' [1-9]\d* answers took \d+ ms, and 0 of their packets "
                               r"had to be sent again\.\n")
        self.assertEqual(left_behind(demo.pid), [])

    def test_interrupted_it_cleans_up(self):
        demo = start_demo()
        for line in demo.stdout:
            if "Scrapy" in line:
                break
        self.assertNotEqual(left_behind(demo.pid), [])
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
        demo.stdout.close()
        self.assertEqual(demo.wait(20), 130, rest)
        self.assertNotIn("Traceback", rest)
        self.assertEqual(left_behind(demo.pid), [])

    def test_killed_the_next_run_cleans_up(self):
        demo = start_demo()
        for line in demo.stdout:
            if "Scrapy" in line:
                break
        demo.kill()
        demo.stdout.close()
        demo.wait()
        sweep()
        wait_until("everything to be gone", lambda: not left_behind(demo.pid))


if __name__ == "__main__":
    case.main()
