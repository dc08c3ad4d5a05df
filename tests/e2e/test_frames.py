# SPDX-License-Identifier: Apache-2.0
"""What the filter does with frames beside passing and dropping: shows them, answers them, limits them, reads their hellos."""

import errno
import ipaddress
import json
import os
import select
import socket
import ssl
import struct
import subprocess
import time

import case
from lab.filter import build_folder
from lab.network import SERVER_V4, SERVER_V6
from lab.wait import wait_until

SCRAPER = "198.51.100.10"
OTHER = "198.51.100.30"
SCRAPER_V6 = "2001:db8:1000:a::10"
OTHER_V6 = "2001:db8:1000:b::10"


def server_of(address):
    return SERVER_V4 if ipaddress.ip_address(address).version == 4 else SERVER_V6


class FrameCase(case.LabCase):
    def visitor(self, address):
        family = socket.AF_INET if ipaddress.ip_address(address).version == 4 else socket.AF_INET6
        return self.network.visitors.socket(family, socket.SOCK_STREAM, address)

    def knock(self, address, seconds=1.0, port=80):
        """The errno of a connection attempt, 0 where it succeeds; None when nothing came back within `seconds`."""
        with self.visitor(address) as visitor:
            visitor.settimeout(seconds)
            try:
                visitor.connect((server_of(address), port))
            except TimeoutError:
                return None
            except OSError as error:
                return error.errno
            return 0

    def block(self, *addresses):
        answer = self.filter.ctl("block", *addresses)
        self.assertEqual(answer.status, 0, answer)
        self.addCleanup(self.filter.ctl, "unblock", *addresses)

    def counter(self, reason):
        return next(row["packets"] for row in self.filter.ask("status")["counters"] if row["reason"] == reason)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Unreadable(FrameCase):
    """A connection attempt whose headers the filter cannot read to the port, sent as bytes: does the server answer it?"""

    EXTENSIONS = 9  # one more than the filter reads
    PADDED = bytes((60, 0, 1, 4, 0, 0, 0, 0))  # destination options, and another such header behind it

    def setUp(self):
        self.wire = self.network.visitors.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.addCleanup(self.wire.close)
        self.wire.bind((self.network.uplink, 0x86DD))
        self.wire.settimeout(1)
        link = {place: self.mac(namespace, device) for place, namespace, device in (
            ("server", self.network.server, self.network.interface), ("visitors", self.network.visitors, self.network.uplink))}
        self.ethernet = link["server"] + link["visitors"] + b"\x86\xdd"

    def mac(self, namespace, device):
        return bytes.fromhex(json.loads(namespace.ip("-j", "link", "show", "dev", device))[0]["address"].replace(":", ""))

    def attempt(self, address, extensions, port):
        """Whether a SYN behind so many extension headers is answered with SYN and ACK."""
        source, server = (ipaddress.ip_address(each).packed for each in (address, SERVER_V6))
        syn = struct.pack("!HHIIBBHHH", port, 80, 1, 0, 0x50, 0x02, 8192, 0, 0)
        pseudo = source + server + struct.pack("!IHBB", len(syn), 0, 0, 6)
        syn = syn[:16] + struct.pack("!H", checksum(pseudo + syn)) + syn[18:]
        headers = self.PADDED * (extensions - 1) + b"\x06" + self.PADDED[1:] if extensions else b""
        ip = struct.pack("!IHBB", 6 << 28, len(headers) + len(syn), 60 if extensions else 6, 64) + source + server
        self.wire.send(self.ethernet + ip + headers + syn)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            try:
                frame = self.wire.recv(2048)
            except TimeoutError:
                return False
            if frame[20] == 6 and frame[38:54] == source and frame[54:58] == struct.pack("!HH", 80, port):
                return frame[67] == 0x12
        return False

    def test_a_blocked_visitor_does_not_come_in_behind_extension_headers(self):
        for number, extensions in enumerate((0, 1, self.EXTENSIONS, 3 * self.EXTENSIONS)):
            with self.subTest(extensions=extensions):
                self.assertTrue(self.attempt(SCRAPER_V6, extensions, 20000 + number))
        self.block(SCRAPER_V6)
        for number, extensions in enumerate((0, 1, self.EXTENSIONS, 3 * self.EXTENSIONS)):
            with self.subTest(extensions=extensions):
                self.assertFalse(self.attempt(SCRAPER_V6, extensions, 21000 + number))
                # Whoever is not blocked is served in the same way.
                self.assertTrue(self.attempt(OTHER_V6, extensions, 22000 + number))


class Shown(FrameCase):
    def test_a_watcher_of_drops_sees_the_packets_of_a_blocked_visitor(self):
        watch = self.filter.watch("--drops")
        self.addCleanup(watch.stop)
        self.block(SCRAPER)
        wait_until("a packet to be dropped and shown", lambda: self.knock(SCRAPER, 0.1) or any(
            entry.get("source") == SCRAPER and "data" in entry for entry in watch.events))
        self.assertDropped(SCRAPER)
        frame = watch.wait_for("a dropped packet", lambda entry: "data" in entry)
        self.assertEqual((frame["source"], frame["destination"]), (SCRAPER, SERVER_V4))
        self.assertEqual((frame["protocol"], frame["destination_port"], frame["reason"]), (6, 80, "drop_decision"))
        self.assertEqual(frame["interface"], self.network.interface)
        self.assertGreaterEqual(frame["bytes"], len(frame["data"]) // 2)
        self.assertIn(ipaddress.ip_address(SCRAPER).packed.hex(), frame["data"])
        # The events come beside them.
        watch.wait_for("the decision", lambda entry: entry.get("event") == "decision" and entry["source"] == SCRAPER)

    def test_who_watches_without_drops_sees_none(self):
        plain, drops = self.filter.watch(), self.filter.watch("--drops")
        self.addCleanup(plain.stop)
        self.addCleanup(drops.stop)
        self.block(OTHER)
        wait_until("a packet to be shown", lambda: self.knock(OTHER, 0.1) or any("data" in e for e in drops.events))
        self.assertEqual(self.filter.ctl("unblock", OTHER).status, 0)
        plain.wait_for("the end of it", lambda event: event["event"] == "ended" and event["source"] == OTHER)
        self.assertFalse([event for event in plain.events if "data" in event])

    def read(self, file):
        """The frames of a capture as tcpdump understands them."""
        done = subprocess.run(["/usr/bin/tcpdump", "-n", "-tt", "-r", file], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_a_capture_holds_the_blocked_visitors_attempts(self):
        self.block(SCRAPER, SCRAPER_V6)
        file = os.path.join(self.filter.folder, "capture.pcapng")
        capture = self.filter.capture("-o", file, "--frames", "5")
        wait_until("five frames", lambda: self.knock(SCRAPER, 0.1) or self.knock(SCRAPER_V6, 0.1)
                   or capture.poll() is not None)
        _, errors = capture.communicate()
        self.assertEqual((capture.returncode, errors), (0, b"5 dropped frames captured\n"))
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)
        frames = self.read(file)
        self.assertEqual(len(frames), 5)
        for frame in frames:
            self.assertRegex(frame, rf" IP6? ({SCRAPER}|{SCRAPER_V6})\.\d+ > ({SERVER_V4}|{SERVER_V6})\.80: Flags \[S\]")
        times = [float(frame.split()[0]) for frame in frames]
        self.assertEqual(times, sorted(times))

        refused = self.filter.ctl("capture", "-o", file)
        self.assertEqual(refused.status, 1, refused)
        self.assertRefused(refused, file, "exists")
        self.assertEqual(self.read(file), frames)

    def test_a_capture_ends_at_its_time(self):
        answer = self.filter.ctl("capture", "-o", os.path.join(self.filter.folder, "empty.pcapng"), "--for", "1s")
        self.assertEqual((answer.status, answer.err), (0, "0 dropped frames captured\n"))

    def test_without_reject_a_blocked_attempt_is_left_without_an_answer(self):
        self.block(SCRAPER, SCRAPER_V6)
        self.assertIsNone(self.knock(SCRAPER))
        self.assertIsNone(self.knock(SCRAPER_V6))


class Rejected(FrameCase):
    settings = {"filter": {"reject": True}}

    def test_a_blocked_attempt_fails_at_once(self):
        self.network.take_what_is_sent_back(os.path.join(build_folder(), "tests", "bench", "empty.bpf.o"))
        self.assertEqual(self.knock(SCRAPER), 0)
        self.assertEqual(self.knock(SCRAPER_V6), 0)
        self.block(SCRAPER, SCRAPER_V6)
        before = self.filter.ask("status")["resets"]
        self.assertEqual(self.knock(SCRAPER), errno.ECONNREFUSED)
        self.assertEqual(self.knock(SCRAPER_V6), errno.ECONNREFUSED)
        self.assertEqual(self.filter.ask("status")["resets"], before + 2)
        curl = subprocess.run(self.network.visitors.command(
            "curl", "--silent", "--max-time", "5", "--interface", SCRAPER, f"http://{SERVER_V4}/"), check=False)
        self.assertEqual(curl.returncode, 7)  # failed to connect; 28 would be the time
        self.assertServed(OTHER)
        self.assertServed(OTHER_V6)

    def test_a_connection_that_stood_is_not_reset(self):
        with self.visitor(OTHER) as visitor:
            visitor.settimeout(1.0)
            visitor.connect((SERVER_V4, 80))
            self.block(OTHER)
            visitor.sendall(b"GET / HTTP/1.0\r\n\r\n")
            with self.assertRaises(TimeoutError):
                visitor.recv(1)


class Forger:
    """Sends SYNs to the server in a visitor's name, from ports that the visitor does not use."""

    def __init__(self, network, name):
        self.sent = 0
        version = ipaddress.ip_address(name).version
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        self._addresses = ipaddress.ip_address(name).packed + ipaddress.ip_address(server_of(name)).packed
        with network.visitors.entered():
            self._socket = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
            self._socket.bind((name, 0))
            self._socket.connect((server_of(name), 0))

    def send(self, count):
        for _ in range(count):
            segment = bytearray(struct.pack("!HHIIBBHHH", 1024 + self.sent % 20000, 80, self.sent, 0, 5 << 4, 0x02, 64000, 0, 0))
            segment[16:18] = struct.pack("!H", checksum(self._addresses + struct.pack("!II", len(segment), 6) + segment))
            self._socket.send(segment)
            self.sent += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


class Limited(FrameCase):
    RATE = 5
    settings = {"limit": [{"port": 80, "attempts_per_second": RATE, "burst": "1s"}]}

    def knock_at_once(self, address, count):
        """How many of so many attempts at once are answered before the first is tried again (after 1 s)."""
        visitors = [self.visitor(address) for _ in range(count)]
        try:
            poll = select.poll()
            for visitor in visitors:
                visitor.setblocking(False)
                visitor.connect_ex((server_of(address), 80))
                poll.register(visitor, select.POLLOUT)
            open_ones = set()
            while ready := poll.poll(500):
                for number, _ in ready:
                    open_ones.add(number)
                    poll.unregister(number)
            return len(open_ones)
        finally:
            for visitor in visitors:
                visitor.close()

    def check(self, fast, slow):
        before = self.counter("drop_limit_attempts")
        self.assertEqual(self.knock_at_once(slow, self.RATE), self.RATE)
        self.assertEqual(self.counter("drop_limit_attempts"), before)
        served = self.knock_at_once(fast, 40)
        # The burst, the first, and what becomes free in the half second that is waited; and one for a slow machine.
        self.assertLessEqual(served, 2 * self.RATE)
        self.assertGreaterEqual(served, self.RATE)
        self.assertGreaterEqual(self.counter("drop_limit_attempts"), before + 40 - served)
        wait_until("the slow one to have its rate again", lambda: self.ask(slow, seconds=0.5) == 200)
        wait_until("the fast one to have its rate again", lambda: self.ask(fast, seconds=0.5) == 200)

    def test_who_opens_connections_faster_is_cut_and_nobody_else(self):
        self.check(SCRAPER, OTHER)

    def test_over_ipv6_too(self):
        self.check(SCRAPER_V6, OTHER_V6)

    def test_what_is_opened_by_syn_cookies_counts_too(self):
        def always(value):
            self.network.server.run("sysctl", "-q", "-w", f"net.ipv4.tcp_syncookies={value}")

        always(2)
        self.addCleanup(always, 1)
        self.check(SCRAPER, OTHER)
        self.check(SCRAPER_V6, OTHER_V6)

    def test_a_stranger_who_knocks_in_a_visitors_name_costs_it_nothing(self):
        for victim in ("198.51.100.31", "2001:db8:1000:c::10"):
            before = self.counter("drop_limit_attempts")
            with Forger(self.network, victim) as forger:
                for _ in range(3 * self.RATE):
                    forger.send(20)
                    self.assertEqual(self.ask(victim, seconds=5.0), 200)
                    time.sleep(1 / self.RATE)  # the victim's own rate
            self.assertGreater(forger.sent, 10 * self.RATE)
            self.assertEqual(self.counter("drop_limit_attempts"), before)

    def test_an_allowed_source_has_no_limit(self):
        friend = "203.0.113.7"
        self.assertEqual(self.filter.ctl("allow", friend).status, 0)
        self.assertEqual(self.knock_at_once(friend, 40), 40)


class Hellos(FrameCase):
    tls = True
    settings = {"filter": {"hellos": True}, "logging": {"level": "debug"}}

    def setUp(self):
        # The daemon gives its first credit when it starts; what is counted from here on is this test's.
        self.before = self.filter.ask("status")["hellos"]

    def assertTold(self, address, size):
        wait_until("the hello to be counted", lambda: self.filter.ask("status")["hellos"] == self.before + 1)
        self.assertRegex(self.filter.log_text(), rf"{address} port \d+ begins TLS with port 443: a hello of {size} bytes\n")

    def test_a_browser_that_begins_tls_is_told_of(self):
        for address in (SCRAPER, SCRAPER_V6):
            self.before = self.filter.ask("status")["hellos"]
            host = f"[{SERVER_V6}]" if ":" in address else SERVER_V4
            self.network.visitors.run("curl", "--insecure", "--silent", "--fail", "--output", "/dev/null", "--interface",
                                      address, f"https://{host}/people/1")
            self.assertTold(address, r"\d+")

    def speak(self, address, protocols, pieces):
        """A handshake whose hello is sent in so many segments; gives the bytes of the hello."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(protocols)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing)
        with self.assertRaises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        with self.visitor(address) as visitor:
            visitor.settimeout(5.0)
            visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            visitor.connect((server_of(address), 443))
            size = -(-len(hello) // pieces)
            for at in range(0, len(hello), size):
                visitor.sendall(hello[at:at + size])
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    visitor.sendall(outgoing.read())
                    incoming.write(visitor.recv(65536))
            visitor.sendall(outgoing.read())
            return len(hello)

    def test_a_hello_that_spans_segments_is_whole(self):
        small = ["http/1.1"]
        large = [*small, *("x" * 200 + str(i) for i in range(9))]
        for address, protocols, pieces in ((SCRAPER, large, 2), (OTHER_V6, large, 3), (OTHER, small, 4)):
            with self.subTest(address=address, pieces=pieces):
                self.before = self.filter.ask("status")["hellos"]
                size = self.speak(address, protocols, pieces)
                self.assertGreater(size, 1800 if protocols is large else 100)
                self.assertTold(address, size)

    def test_what_is_no_hello_is_not_told(self):
        with self.visitor(OTHER) as visitor:
            visitor.settimeout(5.0)
            visitor.connect((SERVER_V4, 443))
            visitor.sendall(b"GET / HTTP/1.0\r\n\r\n")
            self.assertIn(b"400", visitor.recv(4096))
        size = self.speak(OTHER, ["http/1.1"], 1)
        self.assertTold(OTHER, size)


if __name__ == "__main__":
    case.main()
