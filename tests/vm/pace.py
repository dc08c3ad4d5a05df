# SPDX-License-Identifier: Apache-2.0
"""How patient to be with this machine: an emulated processor that others share may be a hundred times slower than a real one."""

import functools
import subprocess
import sys
import time

_STARTS = 5
_ORDINARY = 0.02  # seconds that one start takes on an idle machine of today


@functools.cache
def slowness():
    """How many times longer than an ordinary machine this one takes to start a process, measured once; at least 1."""
    begin = time.monotonic()
    for _ in range(_STARTS):
        subprocess.run([sys.executable, "-S", "-c", "pass"], check=True)
    return max(1.0, (time.monotonic() - begin) / _STARTS / _ORDINARY)


def patience(seconds):
    """The seconds here for what an ordinary machine does within `seconds`."""
    return seconds * slowness()
