# SPDX-License-Identifier: Apache-2.0
"""Somebody else's XDP program (stranger.bpf.c) at the server's interface, put there by xdp-loader as its owner would."""

from kernel_objects import bpftool, program_ids
from lab.wait import wait_until
from pace import patience


class Stranger:
    """Attached from its construction to unload()."""

    def __init__(self, network, program):
        self._network = network
        self._load("load", "-m", "native", network.interface, program)
        (self.id,) = program_ids("stranger")
        self._loaded = True

    def _load(self, *arguments):
        self._network.server.run("xdp-loader", *arguments)

    def is_attached(self):
        # Its name too, because the answer is a table for people: "  50  stranger  12  ...".
        return any({"stranger", str(self.id)} <= set(line.split())
                   for line in self._network.server.run("xdp-loader", "status", self._network.interface).splitlines())

    def seen(self):
        """How many packets it has counted."""
        ((entry,),) = (bpftool("map", "dump", "name", "stranger_seen"),)
        return entry["formatted"]["value"]

    def unload(self):
        """Once, or more often."""
        if self._loaded:
            self._load("unload", self._network.interface, "-i", str(self.id))
            self._loaded = False
            wait_until("the program's end", lambda: not program_ids("stranger"), patience(10.0))
