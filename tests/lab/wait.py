# SPDX-License-Identifier: Apache-2.0
"""Bounded waiting for the outside world. Used by the whole lab; nothing else in it sleeps to let something happen."""

import time


class TimedOut(AssertionError):
    """What was waited for did not happen in time; the message says what."""


def wait_until(what, condition, seconds=10.0, interval=0.02):
    """Asks `condition` until it gives something true, and returns that; after `seconds` raises TimedOut(`what`)."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise TimedOut(f"waited {seconds:g} s for {what}")
        time.sleep(interval)
