# SPDX-License-Identifier: Apache-2.0
"""The access log is rotated while visitors come: not a line is lost or read twice, and detection goes on."""

import os
import shutil
import threading

import case
from lab.wait import wait_until


class Rotation(case.LabCase):
    def setUp(self):
        self.nginx.settle()
        self.caught_up()
        self.read_before, self.written_before = self.requests_read(), self.lines_on_disk()
        self.made = []
        self.between_requests = threading.Lock()

    def lines_on_disk(self):
        """Of the log and of everything it was rotated to."""
        folder = os.path.dirname(self.nginx.access_log)
        count = 0
        for name in os.listdir(folder):
            if name.startswith("access.log"):
                with open(os.path.join(folder, name), "rb") as file:
                    count += file.read().count(b"\n")
        return count

    def requests_read(self):
        return self.filter.ask("status")["logs"][0]["requests"]

    def caught_up(self):
        wait_until("the log to be read to its end", lambda: self.filter.ask("status")["logs"][0]["lag_bytes"] == 0)

    def under_traffic(self, rotate, network):
        """Keeps visitors of a /16 coming, each with one request, while `rotate` is called three times."""
        stop = threading.Event()

        def come():
            while not stop.is_set():
                with self.between_requests:
                    number = len(self.made)
                    self.made.append(self.ask(f"{network}.{number // 200}.{number % 200 + 1}", "/people/3", 5.0))

        thread = threading.Thread(target=come)
        thread.start()
        try:
            for number in range(3):
                wait_until("traffic", lambda number=number: len(self.made) >= 40 * (number + 1))
                rotate(f"{self.nginx.access_log}.{self.id().rpartition('.')[2]}.{number}")
            wait_until("traffic after the last rotation", lambda: len(self.made) >= 160)
        finally:
            stop.set()
            thread.join()
        self.assertEqual(set(self.made), {200})
        self.nginx.settle()

    def assert_each_line_was_read_once(self):
        written = self.lines_on_disk() - self.written_before
        self.assertGreaterEqual(written, len(self.made))
        wait_until("every line to be read", lambda: self.requests_read() - self.read_before >= written)
        self.caught_up()
        self.assertEqual(self.requests_read() - self.read_before, written,
                         f"a line was read twice\n{self.filter.ask('status')['logs']}\n{self.filter.log_text()}")

    def test_rename_and_reopen(self):
        def rotate(name):
            os.rename(self.nginx.access_log, name)
            # nginx goes on writing to the old file until it is told.
            enough = len(self.made) + 10
            wait_until("lines in the renamed file", lambda: len(self.made) >= enough)
            self.nginx.reopen()
            wait_until("nginx to open a new log", lambda: os.path.exists(self.nginx.access_log))

        self.under_traffic(rotate, "10.66")
        self.assert_each_line_was_read_once()
        self.fall_for_decoy("198.51.100.14")
        self.assertDropped("198.51.100.14")

    def test_copy_and_truncate(self):
        def rotate(name):
            # What is written between the copy and the truncation, or not read by then, is lost to everybody: the known
            # flaw of this way. Nothing is here, so nothing may be missing.
            with self.between_requests:
                self.nginx.settle()
                self.caught_up()
                shutil.copyfile(self.nginx.access_log, name)
                os.truncate(self.nginx.access_log, 0)

        self.under_traffic(rotate, "10.67")
        self.assert_each_line_was_read_once()
        self.fall_for_decoy("198.51.100.15")
        self.assertDropped("198.51.100.15")

    def test_delete_and_reopen(self):
        os.unlink(self.nginx.access_log)
        self.nginx.reopen()
        wait_until("nginx to open a new log", lambda: os.path.exists(self.nginx.access_log))
        self.fall_for_decoy("198.51.100.16")
        self.assertDropped("198.51.100.16")


if __name__ == "__main__":
    case.main()
