# SPDX-License-Identifier: Apache-2.0
"""What `scripts/bench` runs: Sluice beside its peers, on this machine, in one table.

A program, not a test: it prints numbers, and beside them the goals that the project set itself; its exit status says only
whether everything could be measured.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

from lab import bench_table
from lab.arena import FLOOD_CPU, Arena, bench_peers, program
from lab.network import exit_on_signals
from lab.peers import PEERS
from lab.wait import TimedOut, wait_until

_SMOKE_PACKETS = 20_000
_STEADY_BYTES = 256 * 1024


class Effort:
    """How much is measured: `sizes` of the lists in the arena, seconds of each flood and each transfer (0: none)."""

    def __init__(self, name, sizes, flood, transfer):
        self.name, self.sizes, self.flood, self.transfer = name, sizes, flood, transfer


EFFORTS = {effort.name: effort for effort in (
    Effort("smoke", (1_000,), 5, 0), Effort("quick", (10_000, 1_000_000), 1, 1), Effort("full", (10_000, 1_000_000), 3, 5))}


def kernel_memory():
    """Bytes that the kernel's tables take: slabs, and what is mapped or kept for each CPU. Read when it has stopped changing:
    the kernel frees a table some time after its last user went."""
    readings = [0, 1 << 40]

    def steady():
        with open("/proc/meminfo", encoding="ascii") as meminfo:
            values = {line.split(":")[0]: int(line.split()[1]) for line in meminfo}
        readings.append(1024 * (values["Slab"] + values["VmallocUsed"] + values["Percpu"]))
        return abs(readings[-1] - readings[-2]) < _STEADY_BYTES

    with contextlib.suppress(TimedOut):  # a machine that is never steady gives what it gives
        wait_until("the kernel's memory to be steady", steady, 5, 0.1)
    return readings[-1]


def thread_ns(pid):
    """Nanoseconds that a thread ran."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as schedstat:
        return int(schedstat.read().split()[0])


def drop_a_flood(arena, peer, list_, effort):
    """Nanoseconds of the receiver's CPU a dropped packet, dropped packets a second, and whether every packet was dropped."""
    receiver = arena.pin_receiver()
    taken, handed, dropped, ran = arena.driver_counts()[0], arena.handed_over(), peer.dropped(arena), thread_ns(receiver)
    flood = arena.flood(list_, effort.flood, _SMOKE_PACKETS if effort.name == "smoke" else 1 << 40)
    answer = json.loads(flood.communicate()[0])
    handed = arena.handed_over() - handed
    # The last packets are still in the ring when the sender ends.
    wait_until("the receiver to take the last packet", lambda: arena.driver_counts()[0] - taken >= handed)
    ran, dropped = thread_ns(receiver) - ran, peer.dropped(arena) - dropped
    return {"tried": answer["tried"], "taken": handed, "dropped": dropped, "right": dropped == handed > 0,
            "cpu_ns": ran / max(dropped, 1), "drops_a_second": dropped / answer["seconds"]}


def transfer_beside(arena, list_, seconds):
    """Megabits a second of one TCP connection beside a flood."""
    before = arena.driver_counts()[0]
    flood = arena.flood(list_, 60)
    try:
        wait_until("the flood", lambda: arena.driver_counts()[0] - before > 10_000, 30)
        return arena.transfer(seconds)
    finally:
        flood.terminate()
        flood.communicate()


def measure_peer(arena, peer, size, lists, effort):
    """One peer with a list of one size: loading and replacing it, the memory it takes, a flood against it, a transfer beside."""
    memory = kernel_memory()
    row = {"peer": peer.name, "form": peer.form, "entries": size, **peer.load(arena, lists)}
    try:
        row["bytes_an_entry"] = max(0, kernel_memory() - memory) / size
        list_ = lists["addresses.0"]
        row.update(drop_a_flood(arena, peer, list_, effort))
        if effort.transfer and peer is not PEERS[0]:  # which drops the transfer too
            row["transfer_mbit"] = transfer_beside(arena, list_, effort.transfer)
        return row
    finally:
        peer.remove(arena)


def floods(effort, say):
    """Every peer at every size, and the transfer with neither filter nor flood."""
    rows = []
    arena = Arena()
    try:
        arena.pin_receiver()
        quiet = arena.transfer(effort.transfer) if effort.transfer else None
        for size in effort.sizes:
            with tempfile.TemporaryDirectory(prefix="sluice-bench-") as directory:
                bench_peers("entries", size, directory)
                lists = {name: os.path.join(directory, name) for name in ("addresses.0", "addresses.1", "prefixes.0", "prefixes.1")}
                lists.update(directory=directory, hurry=effort.name == "quick")
                for peer in PEERS:
                    say(f"{peer.name}, {size:,} entries")
                    rows.append(measure_peer(arena, peer, size, lists, effort))
    finally:
        arena.close()
    return {"rows": rows, "quiet_transfer_mbit": quiet}


def measured_on_one_cpu(section, effort):
    """A section that bench_peers measures by itself. It ends with this process."""
    done = subprocess.run(["setpriv", "--pdeathsig", "TERM", "taskset", "-c", FLOOD_CPU, program(), section, effort.name],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), platform.machine())
    return {"kernel": platform.release(), "processor": model, "cpus": os.cpu_count()}


def main():
    exit_on_signals()
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures Sluice beside its peers on this machine (as root; "
                                     "at least two CPUs) and prints one table. Leaves nothing behind but what it installs and builds.")
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--quick", dest="effort", action="store_const", const="quick", help="under five minutes: two sizes of lists, "
                        "fewer rounds")
    effort.add_argument("--smoke", dest="effort", action="store_const", const="smoke", help="under a minute: a thousand entries, one "
                        "round; shows that everything can be measured, the times mean nothing")
    parser.add_argument("--json", action="store_true", help="one object instead of tables: every row with its medians")
    options = parser.parse_args()
    effort = EFFORTS[options.effort or "full"]
    if os.geteuid() != 0:
        parser.error("needs to run as root (loading programs, network namespaces)")
    if os.cpu_count() < 2:
        parser.error("needs two CPUs: one sends, the other drops")

    began = time.monotonic()

    def say(what):
        print(f"bench: {time.monotonic() - began:4.0f} s: {what}", file=sys.stderr, flush=True)

    results = {"effort": effort.name, "machine": machine()}
    say("nanoseconds a packet")
    results["lookup"] = measured_on_one_cpu("lookup", effort)["rows"]
    results["flood"] = floods(effort, say)
    say("events")
    results["events"] = measured_on_one_cpu("events", effort)
    results["goals"] = bench_table.goals(results)
    if options.json:
        print(json.dumps(results, indent=1))
    else:
        bench_table.show(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
