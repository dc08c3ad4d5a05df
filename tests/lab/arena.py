# SPDX-License-Identifier: Apache-2.0
"""Where scripts/bench lets the peers drop: two namespaces joined by a veth pair, a flood from one, its receiver a thread on
another CPU, whose time is what dropping costs.

Owns the namespaces and removes them. Knows no peer: see peers.py.
"""

import atexit
import contextlib
import json
import os
import re
import subprocess

from lab.filter import build_folder
from lab.network import Namespace, run
from lab.wait import wait_until

SERVER = "10.255.0.1"
CLIENT = "10.255.0.2"
FLOODED = "198.51.100.1"  # the destination in the flood's frames (tests/bench/rotation.cpp)
FLOOD_CPU, DROP_CPU = "0", "1"
_PREFIX = "sluice-bench"


def bench_peers(*arguments):
    """The measuring program's answer."""
    return json.loads(run(program(), *map(str, arguments)))


def program():
    return os.path.join(build_folder(), "tests", "bench", "bench_peers")


def sweep():
    """Removes the namespaces of runs whose process is gone."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        match = re.fullmatch(rf"{_PREFIX}-(\d+)-(server|client)", name)
        if match and not os.path.exists(f"/proc/{match[1]}"):
            run("ip", "netns", "del", name)


class Arena:
    """server: namespace with `interface`, where a peer drops; client: namespace with `gen0`, where packets come from."""

    def __init__(self):
        sweep()
        self._made = []
        # The receiver's thread is called after its interface, and threads are in no namespace: a name of this run's own.
        self.interface = f"b{os.getpid()}"
        atexit.register(self.close)
        try:
            self.server, self.client = self._namespace("server"), self._namespace("client")
            self._build()
        except BaseException:
            self.close()
            raise

    def _namespace(self, kind):
        made = Namespace(f"{_PREFIX}-{os.getpid()}-{kind}")
        self._made.append(made)
        # No neighbour discovery: every packet that comes is the flood's or the transfer's.
        made.run("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        made.ip("link", "set", "lo", "up")
        return made

    def _build(self):
        self.server.ip("link", "add", self.interface, "type", "veth", "peer", "name", "gen0", "netns", self.client.name)
        self.server.ip("link", "set", self.interface, "up")
        self.client.ip("link", "set", "gen0", "up")
        self.server.ip("addr", "add", f"{SERVER}/24", "dev", self.interface)
        self.server.ip("addr", "add", f"{FLOODED}/32", "dev", "lo")
        self.client.ip("addr", "add", f"{CLIENT}/24", "dev", "gen0")
        # XDP before an interface takes segmentation from its peer; the filters of the stack shall have no more than that.
        # GRO: without XDP the receiver has a thread of its own only with it.
        self.client.run("ethtool", "-K", "gen0", "tso", "off", "gso", "off")
        self.server.run("ethtool", "-K", self.interface, "gro", "on")
        self.server.run("sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=0", f"net.ipv4.conf.{self.interface}.rp_filter=0")
        links = {end: json.loads(space.ip("-j", "link", "show", end))[0] for space, end in ((self.server, self.interface), (self.client, "gen0"))}
        self.ifindex, self._hardware_address = links[self.interface]["ifindex"], links[self.interface]["address"]
        self._flood_ifindex = links["gen0"]["ifindex"]

    def attach(self, peer, list_, other):
        """Puts one of bench_peers' XDP programs before the interface; gives its times."""
        return json.loads(self.server.run(program(), "attach", peer, list_, other, str(self.ifindex)))

    def detach(self):
        self.server.ip("link", "set", self.interface, "xdp", "off")

    def driver_counts(self):
        """(packets that the driver took from the wire, packets that XDP dropped)."""
        text = self.server.run("ethtool", "-S", self.interface)
        return tuple(int(re.search(rf"rx_queue_0_{name}: (\d+)", text)[1]) for name in ("xdp_packets", "xdp_drops"))

    def handed_over(self):
        """Packets of floods that the receiver's ring took; what found it full is lost."""
        return int(re.search(r"tx_queue_0_xdp_xmit: (\d+)", self.client.run("ethtool", "-S", "gen0"))[1])

    def pin_receiver(self):
        """Gives the receiver a thread, on the second CPU, and returns its process number. To be called after each attach."""
        run("ip", "netns", "exec", self.server.name, "sh", "-c", f"echo 1 >/sys/class/net/{self.interface}/threaded")
        pid = wait_until("the receiver's thread", self._receiver)
        run("taskset", "-p", "-c", DROP_CPU, str(pid))
        return pid

    def _receiver(self):
        for pid in os.listdir("/proc"):
            if pid.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{pid}/comm", encoding="ascii") as comm:
                    if comm.read().startswith(f"napi/{self.interface}-"):
                        return int(pid)
        return None

    def flood(self, list_, seconds, most_packets=1 << 40):
        """Starts a flood from the listed addresses, at the highest rate that one CPU reaches; its answer is JSON."""
        return self.client.popen("taskset", "-c", FLOOD_CPU, program(), "flood", list_, str(self._flood_ifindex),
                                 self._hardware_address, str(seconds), str(most_packets), stdout=subprocess.PIPE, text=True)

    def transfer(self, seconds):
        """Megabits a second that one TCP connection from an address that nobody lists gets through it."""
        server = self.server.popen("taskset", "-c", DROP_CPU, "iperf3", "-s", "-1", "-B", SERVER, stdout=subprocess.DEVNULL)
        try:
            wait_until("iperf3 to listen", lambda: ":5201 " in self.server.run("ss", "-Hltn"))
            # Beside a flood even the connection may not come about: that is a result.
            done = subprocess.run(self.client.command("taskset", "-c", FLOOD_CPU, "iperf3", "-c", SERVER, "-t", str(seconds), "-J",
                                                      "--connect-timeout", "3000"),
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30 + seconds)
            summary = json.loads(done.stdout or "{}").get("end", {})
            return summary.get("sum_received", {}).get("bits_per_second", 0.0) / 1e6
        except subprocess.TimeoutExpired:
            return 0.0
        finally:
            server.kill()
            server.wait()

    def close(self):
        """Removes the namespaces and what runs in them. May be called more than once."""
        atexit.unregister(self.close)
        while self._made:
            self._made.pop().remove()
