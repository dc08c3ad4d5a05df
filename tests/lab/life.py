# SPDX-License-Identifier: Apache-2.0
"""What comes through while the filter's parts live and die: a flood from a blocked source beside legitimate packets.

Used by tests/e2e/test_life.py and by `scripts/measure life`. Counts on both sides; judges nothing.
"""

import contextlib
import ctypes
import ipaddress
import os
import re
import socket
import struct
import subprocess
import threading
import time

from lab.filter import build_folder, sluiced
from lab.network import SERVER_V4
from lab.wait import wait_until

BLOCKED = "198.51.100.66"
LEGITIMATE = "198.51.100.7"
_NUMBER = struct.Struct("!Q")
_PER_SECOND = 2000


class Flood:
    """lab_flood in the visitors' namespace, from BLOCKED to the server."""

    def __init__(self, network):
        mac = re.search(r"link/ether (\S+)", network.server.ip("link", "show", network.interface))[1]
        program = os.path.join(build_folder(), "tests", "e2e", "lab_flood")
        self._process = network.visitors.popen(program, "uplink", mac, BLOCKED, SERVER_V4, stdout=-1, text=True)

    def running(self):
        return self._process.poll() is None

    def stop(self):
        """How many frames it made."""
        self._process.terminate()
        said, _ = self._process.communicate(timeout=30)
        return int(said)


class Sniffer:
    """Counts what the server's stack is given from one address, whatever becomes of it: a packet socket behind XDP."""

    def __init__(self, network, address):
        self.count = 0
        self._stop = threading.Event()
        with network.server.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        program = [(0x28, 0, 0, 12), (0x15, 0, 3, 0x0800), (0x20, 0, 0, 26), (0x15, 0, 1, int(ipaddress.ip_address(address))),
                   (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0)]
        code = b"".join(struct.pack("HBBI", *line) for line in program)
        self._code = (code, struct.pack("HL", len(program), _address_of(code)))
        self._socket.setsockopt(socket.SOL_SOCKET, 26, self._code[1])  # SO_ATTACH_FILTER
        self._socket.bind((network.interface, 0x0003))
        self._socket.settimeout(0.1)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                self._socket.recv(64)
                self.count += 1

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._socket.close()
        return self.count


def _address_of(code):
    return ctypes.cast(ctypes.c_char_p(code), ctypes.c_void_p).value


class Legitimate:
    """Numbered packets at a steady rate from LEGITIMATE to the server's port 80, and how many of them came.

    They take another queue of the veth pair than the flood, which fills its own: what a full ring loses never came to the
    filter."""

    def __init__(self, network):
        self.sent = 0
        self._seen = set()
        self._stop = threading.Event()
        with network.server.entered():
            self._receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._receiver.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
            self._receiver.bind((SERVER_V4, 80))
        self._receiver.settimeout(0.1)
        self._sender = self._on_other_queue(network)
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._send)]
        for thread in self._threads:
            thread.start()

    def _on_other_queue(self, network):
        for _ in range(64):
            with network.visitors.entered():
                sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                sender.bind((LEGITIMATE, 0))
                sender.connect((SERVER_V4, 80))
            before = _queue_packets(network)
            for _ in range(8):
                sender.send(b"")
                self._receiver.recv(64)
            if _queue_packets(network)[0] < before[0] + 8:
                return sender
            sender.close()
        raise RuntimeError("no flow takes another queue than the first")

    def _send(self):
        begin = time.monotonic()
        while not self._stop.is_set():
            self._sender.send(_NUMBER.pack(self.sent))
            self.sent += 1
            self._stop.wait(max(0.0, begin + self.sent / _PER_SECOND - time.monotonic()))

    def _read(self):
        silent = 0
        while not self._stop.is_set() or len(self._seen) < self.sent:
            try:
                self._seen.add(_NUMBER.unpack(self._receiver.recv(64))[0])
                silent = 0
            except TimeoutError:
                # On a busy machine the last ones may take a while.
                silent += 1
                if self._stop.is_set() and silent > 30:
                    return

    def stop(self):
        """(sent, received)"""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._sender.close()
        self._receiver.close()
        return self.sent, len(self._seen)


def _queue_packets(network):
    text = network.server.run("ethtool", "-S", network.interface)
    return [int(count) for count in re.findall(r"rx_queue_\d+_xdp_packets: (\d+)", text)]


def restart(lab, _number):
    lab.filter.stop()
    lab.filter.start(attach=False)


def kill(lab, _number):
    lab.filter.kill()
    lab.filter.start(attach=False)


def upgrade(lab, _number):
    lab.filter.attach()


def _await_capacity(lab, decisions):
    """Until the daemon has taken the new maps over."""

    def taken_over():
        answer = lab.filter.ctl("--json", "status")
        return answer.status == 0 and answer.json()["decisions_capacity"] == decisions

    wait_until("the daemon to take the new maps over", taken_over, 20)


def migration(lab, number):
    """An upgrade that makes new maps, and the daemon on its feet with them."""
    lab.filter.configure({"filter": {"max_decisions": 1000 + number}})
    lab.filter.attach()
    _await_capacity(lab, 1000 + number)


def killed_upgrade(lab, number):
    """An upgrade, every other one to new maps, that is killed a little later each time; the next goes on from there."""
    lab.filter.configure({"filter": {"max_decisions": 1000 + number // 2}})
    process = lab.network.server.popen(sluiced(), "attach", "--config", lab.filter.config, stderr=subprocess.DEVNULL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.6 * (number % 25 + 1) / 25)
    process.kill()
    process.wait()
    if number % 10 == 9:
        lab.filter.attach()
        _await_capacity(lab, 1000 + number // 2)


def reload(lab, number):
    lab.filter.configure({"policy": {"throttle_rate": 10 + number % 5}})
    answer = lab.filter.ctl("reload")
    if answer.status != 0:
        raise RuntimeError(f"reload: {answer}")


def list_swap(lab, number):
    """A whole list changes under the flood, whose source stands in each of them and, from the first on, nowhere else."""
    path = os.path.join(lab.filter.folder, "swapped.txt")
    network = ipaddress.ip_network(f"{BLOCKED}/{32 - number % 7}", strict=False)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{network}\n")
        file.writelines(f"44.{number % 256}.{other // 256}.{other % 256}\n" for other in range(5000))
    lab.filter.configure({"list": [{"name": f"swapped{number % 2}", "source": path, "action": "block"}]})
    answers = [lab.filter.ctl("reload")]
    if number == 0:
        answers.append(lab.filter.ctl("unblock", BLOCKED))
    for answer in answers:
        if answer.status != 0:
            raise RuntimeError(f"list swap: {answer}")


# What is done over and over: one line for whatever else must let nothing through.
EVENTS = {"restart": restart, "kill -9": kill, "upgrade": upgrade, "migration": migration, "killed upgrade": killed_upgrade,
          "reload": reload, "list swap": list_swap}


def life(lab, rounds, events=None):
    """Runs each event so often under the flood; gives the counts of both sides, by event."""
    network = lab.network
    for namespace, interface in ((network.server, network.interface), (network.visitors, "uplink")):
        namespace.run("ethtool", "-L", interface, "rx", "2", "tx", "2")
    lab.filter.attach()
    lab.filter.start(attach=False)
    answer = lab.filter.ctl("block", BLOCKED, "--for", "1d")
    if answer.status != 0:
        raise RuntimeError(f"block: {answer}")
    results = {}
    for name in events or EVENTS:
        legitimate, sniffer = Legitimate(network), Sniffer(network, BLOCKED)
        drops, begin = network.driver_drops(), time.monotonic()
        flood = Flood(network)
        wait_until("the flood to arrive", lambda drops=drops: network.driver_drops() > drops + 1000)
        for number in range(rounds):
            EVENTS[name](lab, number)
        if not flood.running():
            raise RuntimeError("the flood ended by itself")
        seconds = time.monotonic() - begin
        made = flood.stop()
        sent, received = legitimate.stop()
        results[name] = {"rounds": rounds, "seconds": seconds, "flood_made": made,
                         "flood_dropped": network.driver_drops() - drops, "flood_reached": sniffer.stop(),
                         "legitimate_sent": sent, "legitimate_lost": sent - received}
    return results
