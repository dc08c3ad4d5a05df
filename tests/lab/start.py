# SPDX-License-Identifier: Apache-2.0
"""How long the daemon takes from its start to having all in force, and what it takes of memory: with nothing, and with a long list.

Used by `scripts/measure start`, and for its clock by state.py. Counts; judges nothing.
"""

import ipaddress
import os
import random
import time


def timed_start(daemon):
    """Starts it without attaching: seconds until all is in force, and of them the daemon's own work, which others on the machine take
    nothing of."""
    begin = time.monotonic()
    daemon.start(attach=False)
    seconds = time.monotonic() - begin
    with open(f"/proc/{daemon.pid}/stat", encoding="ascii") as stat:
        ticks = stat.read().rpartition(")")[2].split()[11:13]
    return seconds, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _memory(pid):
    """Resident bytes now, and at most since the start."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        values = dict(line.split(":", 1) for line in status)
    return tuple(int(values[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))


def write_list(path, entries, seed=1):
    """So many different networks of public addresses, from /20 to /32, as blocklists mix them: most of them single addresses."""
    chance = random.Random(seed)
    networks = set()
    while len(networks) < entries:
        length = chance.choices((32, 24, 22, 20), (85, 12, 2, 1))[0]
        address = chance.randrange(11 << 24, 126 << 24)
        networks.add((address >> (32 - length) << (32 - length), length))
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{ipaddress.IPv4Address(address)}/{length}\n" for address, length in sorted(networks))


def start_with_a_list(lab, entries):
    path = os.path.join(lab.folder, "many.txt")
    write_list(path, entries)
    lab.filter.configure({"filter": {"list_memory_mib": max(32, 64 * entries // 1_000_000)}})
    lab.filter.attach()
    numbers = {"entries": entries}

    def measure(name):
        numbers[f"{name}_seconds"], numbers[f"{name}_cpu_seconds"] = timed_start(lab.filter)
        numbers[f"{name}_bytes"], numbers[f"{name}_most_bytes"] = _memory(lab.filter.pid)

    measure("empty")
    lab.filter.stop()
    lab.filter.configure({"list": [{"name": "many", "source": path, "action": "block"}]})
    # Read once from the disk, as a file is that was just fetched; and no longer new when the daemon looks whether it has changed.
    time.sleep(3)
    measure("list")
    numbers["in_force"] = lab.filter.ask("status")["lists_in_force"]
    lab.filter.stop()
    return numbers
