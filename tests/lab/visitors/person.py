# SPDX-License-Identifier: Apache-2.0
"""A person: reads pages with everything on them over one keep-alive connection, at human pace.

Runs as a thread of this process inside the visitors' namespace. Says afterwards what a person would have noticed: answers
that were late or not right, packets that did not arrive, and a connection that broke.
"""

import html.parser
import http.client
import random
import socket
import struct
import threading
import time

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


# Of struct tcp_info in linux/tcp.h.
_TOTAL_RETRANS_OFFSET = 100
_DSACK_DUPS_OFFSET = 216


def _packets_lost(connected):
    """How many packets this end of a TCP connection sent again because they had not arrived.

    A packet that only the sender believed lost, as on a machine that stood still, is none: the other end reports that it had it."""
    info = connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    sent_again, = struct.unpack_from("=I", info, _TOTAL_RETRANS_OFFSET)
    had_already, = struct.unpack_from("=I", info, _DSACK_DUPS_OFFSET)
    return max(0, sent_again - had_already)


class _Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.assets, self.pages = [], []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if tag == "a" and name == "href":
                self.pages.append(value)
            elif (tag, name) in (("img", "src"), ("script", "src"), ("link", "href")) and value not in self.assets:
                self.assets.append(value)


class Person:
    """Starts reading when made; `reading_seconds` is the range a page is looked at for."""

    def __init__(self, namespace, address, server, reading_seconds=(4.0, 6.0), chance=None):
        self.address = address
        self.pages = 0        # served in full, with their assets
        self.connections = 0  # one, if nothing went wrong
        self.answers = []     # seconds that each took, from the request (and connecting, for the first) to its last byte
        self.lost = 0         # packets that it had to send again; known when it has left
        self.troubles = []    # in words
        self._namespace, self._server, self._reading = namespace, server, reading_seconds
        self._chance = chance or random.Random(address)
        self._seen = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"person {address}", daemon=True)
        self._thread.start()

    @property
    def slowest(self):
        """Seconds that the slowest answer took."""
        return max(self.answers, default=0.0)

    def leave(self):
        """Goes away after the request in hand."""
        self._end.set()
        self._thread.join()

    def _live(self):
        self._namespace.enter()
        connection = http.client.HTTPConnection(self._server, 80, timeout=5, source_address=(self.address, 0))
        path = "/"
        while not self._end.is_set():
            try:
                links = self._read(connection, path)
                self.pages += 1
            except (OSError, http.client.HTTPException) as error:
                self.troubles.append(f"{path}: {error or type(error).__name__}")
                self._hang_up(connection)
                links = _Links()
            self._end.wait(self._chance.uniform(*self._reading))
            path = self._next(links)
        self._hang_up(connection)

    def _hang_up(self, connection):
        if connection.sock is not None:
            self.lost += _packets_lost(connection.sock)
        connection.close()

    def _read(self, connection, path):
        links = _Links()
        links.feed(self._get(connection, path, "text/html,application/xhtml+xml"))
        for asset in links.assets:
            # A browser keeps what every page shares.
            if asset not in self._seen:
                self._seen.add(asset)
                self._get(connection, asset, "*/*")
        return links

    def _get(self, connection, path, accept):
        if connection.sock is None:
            self.connections += 1
        begin = time.monotonic()
        connection.request("GET", path, headers={"User-Agent": _AGENT, "Accept": accept, "Accept-Language": "en"})
        answer = connection.getresponse()
        body = answer.read()
        self.answers.append(time.monotonic() - begin)
        if answer.status != 200:
            raise http.client.HTTPException(f"status {answer.status}")
        return body.decode()

    def _next(self, links):
        """Mostly somebody from the page in hand, else a page of the list; never in order."""
        people = [link for link in links.pages if link.startswith("/people/")]
        lists = [link for link in links.pages if link.startswith("/list/")]
        choices = people if people and (not lists or self._chance.random() < 0.75) else lists
        return self._chance.choice(choices) if choices else "/"
