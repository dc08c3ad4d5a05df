# SPDX-License-Identifier: Apache-2.0
"""Runs a program and writes what it took: SECONDS FILE COMMAND...

A process of its own, and a small one: the peak that Linux tells of a child begins with the memory of whoever started it. After SECONDS
the program is killed; what it had taken until then counts all the same.
"""

import json
import os
import signal
import subprocess
import sys
import time


def main(seconds, path, *command):
    begin = time.monotonic()
    process = subprocess.Popen(command)
    late = []

    def kill(_signal, _frame):
        late.append(True)
        process.kill()

    signal.signal(signal.SIGALRM, kill)
    signal.alarm(int(seconds))
    _, status, usage = os.wait4(process.pid, 0)
    signal.alarm(0)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"finished": not late, "status": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - begin,
                   "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": usage.ru_maxrss * 1024}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
