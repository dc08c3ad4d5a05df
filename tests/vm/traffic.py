# SPDX-License-Identifier: Apache-2.0
"""Steady packets from a blocked and a clean address while something happens to the filter, counted at the other end."""

import threading

from lab.packets import Receiver, Sender
from lab.wait import wait_until
from pace import patience

_BLOCKED_A_ROUND = 4
_BETWEEN_ROUNDS = 0.005  # seconds: leaves an emulated processor to what is tested
_LOST_AFTER = patience(1.0)  # seconds


class Traffic:
    """From its construction to stop(). Each packet of the clean address is awaited before the next round."""

    def __init__(self, network, blocked, clean):
        self.rounds = self.leaked = self.lost = 0
        self._addresses = blocked, clean
        self._receiver = Receiver(network)
        self._blocked, self._clean = Sender(network, blocked), Sender(network, clean)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(_BETWEEN_ROUNDS):
            for _ in range(_BLOCKED_A_ROUND):
                self._blocked.send()
            self._clean.send()
            if not self._came(self._clean.sent - 1):
                self.lost += 1
            self.rounds += 1
        self._receiver.wait(0.5)
        self._take()

    def _take(self):
        blocked, clean = self._addresses
        taken = self._receiver.take()
        self.leaked += sum(sender == blocked for sender, _ in taken)
        return {number for sender, number in taken if sender == clean}

    def _came(self, number):
        for _ in range(int(_LOST_AFTER / 0.1)):
            self._receiver.wait(0.1)
            if number in self._take():
                return True
        return False

    def more(self, rounds=20):
        """Returns after that many further rounds."""
        target = self.rounds + rounds
        wait_until("the traffic to go on", lambda: self.rounds >= target, rounds * _LOST_AFTER)

    def stop(self):
        """Once, or more often."""
        if not self._stop.is_set():
            self._stop.set()
            self._thread.join()
            for end in (self._receiver, self._blocked, self._clean):
                end.close()
