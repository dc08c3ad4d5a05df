# SPDX-License-Identifier: Apache-2.0
"""Numbered UDP packets from a visitor to a protected port, and which of them came through the filter.

For what needs finer measures than requests: rates, deadlines, the first packet dropped. UDP to port 80 is judged as TCP is.
"""

import ipaddress
import select
import socket
import struct
import time

from lab.network import SERVER_V4, SERVER_V6

_NUMBER = struct.Struct("!Q")


class Receiver:
    """Listens at UDP port 80 of the server. One at a time for a family."""

    def __init__(self, network, family=socket.AF_INET):
        self._socket = network.server.socket(family, socket.SOCK_DGRAM)
        with network.server.entered():
            self._socket.bind((SERVER_V4 if family == socket.AF_INET else SERVER_V6, 80))
        self._socket.setblocking(False)

    def take(self):
        """(sender's address, number) of all that came since the last call."""
        taken = []
        while True:
            try:
                data, sender = self._socket.recvfrom(64)
            except BlockingIOError:
                return taken
            taken.append((sender[0], _NUMBER.unpack(data)[0]))

    def wait(self, seconds):
        """Returns when something came, or after `seconds`."""
        select.select([self._socket], [], [], seconds)

    def close(self):
        self._socket.close()


class Sender:
    """Sends from one address of a visitor. `sent` counts; the n-th packet carries n, from 0."""

    def __init__(self, network, address):
        version = ipaddress.ip_address(address).version
        family, server = (socket.AF_INET, SERVER_V4) if version == 4 else (socket.AF_INET6, SERVER_V6)
        self.address = address
        self.sent = 0
        with network.visitors.entered():
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.bind((address, 0))
            self._socket.connect((server, 80))

    def send(self):
        try:
            self._socket.send(_NUMBER.pack(self.sent))
        except ConnectionRefusedError:
            # An ICMP answer to an earlier packet, told at this call: nobody listened then. This one was not sent.
            self._socket.send(_NUMBER.pack(self.sent))
        self.sent += 1

    def close(self):
        self._socket.close()


def steady(sender, receiver, packets_per_second, seconds):
    """Sends at a steady rate; gives how many came through, and the seconds it took."""
    came = 0
    begin = time.monotonic()
    for number in range(int(packets_per_second * seconds)):
        while True:
            left = begin + number / packets_per_second - time.monotonic()
            if left <= 0:
                break
            time.sleep(left)
        sender.send()
        if number % 64 == 0:
            came += len(receiver.take())
    took = time.monotonic() - begin
    receiver.wait(0.2)
    return came + len(receiver.take()), took
