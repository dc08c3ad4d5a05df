# SPDX-License-Identifier: Apache-2.0
"""The peers of scripts/bench as ways to drop a list's packets in the arena: XDP programs (through bench_peers), sets of
nftables, and ipset.

Each loads a list, replaces it by another, counts what it dropped, and removes itself.
"""

import re
import time


class Xdp:
    """One of the programs of bench_peers, by its name there."""

    def __init__(self, name, form):
        self.name, self.form = name, form

    def load(self, arena, lists):
        """{load_s, replace_s}: from the files to the lists in force."""
        return arena.attach(self.name, lists[f"{self.form}.0"], lists[f"{self.form}.1"])

    def dropped(self, arena):
        return arena.driver_counts()[1]

    def remove(self, arena):
        arena.detach()


class Nft:
    """A set of nftables at one hook; in the form `prefixes` an interval set."""

    def __init__(self, hook, form):
        self.hook, self.form = hook, form
        self.name = f"nftables {hook}, {form}"
        self._dropped = 0

    def _table(self):
        return ("netdev" if self.hook == "ingress" else "ip") + " bench"

    def _hook(self, arena):
        return {"ingress": f'ingress device "{arena.interface}" priority 0', "prerouting": "prerouting priority raw",
                "input": "input priority 0"}[self.hook]

    def _write(self, lists, number, arena):
        with open(lists[f"{self.form}.{number}"], encoding="ascii") as file:
            entries = ", ".join(file.read().split())
        path = f"{lists['directory']}/commands.{number}"
        with open(path, "w", encoding="ascii") as file:
            if number == 0:
                kind = " flags interval; auto-merge;" if self.form == "prefixes" else ""
                file.write(f"table {self._table()} {{\n set listed {{ type ipv4_addr;{kind} elements = {{ {entries} }}\n }}\n"
                           f" counter dropped {{ }}\n chain drop_listed {{ type filter hook {self._hook(arena)};\n"
                           "  ip saddr @listed counter name dropped drop\n }\n}\n")
            else:
                file.write(f"flush set {self._table()} listed\nadd element {self._table()} listed {{ {entries} }}\n")
        return path

    def load(self, arena, lists):
        # The second list first, so that the first is in force in the end.
        swapped = dict(lists, **{f"{self.form}.0": lists[f"{self.form}.1"], f"{self.form}.1": lists[f"{self.form}.0"]})
        # An interval set of a million takes half a minute each time: a hurried run loads it once.
        once = lists["hurry"] and self.form == "prefixes"
        first, second = self._write(lists if once else swapped, 0, arena), self._write(swapped, 1, arena)
        began = time.monotonic()
        arena.server.run("nft", "-f", first)
        loaded = time.monotonic()
        if once:
            return {"load_s": loaded - began, "replace_s": 0.0}
        arena.server.run("nft", "-f", second)
        return {"load_s": loaded - began, "replace_s": time.monotonic() - loaded}

    def dropped(self, arena):
        # `nft list` fetches the whole set before it answers; `reset` does not.
        answer = arena.server.run("nft", "reset", "counter", *self._table().split(), "dropped")
        self._dropped += int(re.search(r"packets (\d+)", answer)[1])
        return self._dropped

    def remove(self, arena):
        arena.server.run("nft", "delete", "table", *self._table().split())


class Ipset:
    """A set of ipset and the rule in raw prerouting that asks it."""

    def __init__(self, kind, form):
        self.kind, self.form = kind, form
        self.name = f"ipset {kind} in raw"

    def _write(self, lists, number, name):
        with open(lists[f"{self.form}.{number}"], encoding="ascii") as file:
            entries = file.read().split()
        path = f"{lists['directory']}/commands.{number}"
        with open(path, "w", encoding="ascii") as file:
            file.write(f"create {name} {self.kind} maxelem {len(entries)}\n")
            file.writelines(f"add {name} {entry}\n" for entry in entries)
            if name != "listed":
                file.write(f"swap listed {name}\ndestroy {name}\n")
        return path

    def load(self, arena, lists):
        first, second = self._write(lists, 1, "listed"), self._write(lists, 0, "other")
        began = time.monotonic()
        arena.server.run("ipset", "restore", "-exist", "-file", first)
        loaded = time.monotonic()
        arena.server.run("ipset", "restore", "-exist", "-file", second)
        replaced = time.monotonic()
        arena.server.run("iptables", "-t", "raw", "-A", "PREROUTING", "-m", "set", "--match-set", "listed", "src", "-j", "DROP")
        return {"load_s": loaded - began, "replace_s": replaced - loaded}

    def dropped(self, arena):
        listing = arena.server.run("iptables", "-t", "raw", "-L", "PREROUTING", "-v", "-x", "-n")
        return int(re.search(r"^\s*(\d+)\s+\d+\s+DROP", listing, re.MULTILINE)[1])

    def remove(self, arena):
        arena.server.run("iptables", "-t", "raw", "-F", "PREROUTING")
        arena.server.run("ipset", "destroy", "listed")


PEERS = [
    Xdp("drop all", "addresses"),
    Xdp("Sluice, listed", "prefixes"),
    Xdp("Sluice, decided", "addresses"),
    Xdp("xdp-filter", "addresses"),
    Xdp("kernel hash", "addresses"),
    Xdp("LPM trie", "prefixes"),
    Nft("ingress", "addresses"),
    Nft("prerouting", "addresses"),
    Nft("input", "addresses"),
    Nft("ingress", "prefixes"),
    Ipset("hash:ip", "addresses"),
    Ipset("hash:net", "prefixes"),
]
