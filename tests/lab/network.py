# SPDX-License-Identifier: Apache-2.0
"""Two network namespaces, the web server's and the visitors', joined by a veth pair.

Owns the namespaces and everything that runs in them: they are removed with the Network, at exit, on SIGINT, SIGTERM and
SIGHUP, and what a killed run left behind is swept by the next. Starts no server and no visitor itself.
"""

import atexit
import contextlib
import ctypes
import json
import os
import re
import signal
import socket
import subprocess

from lab.wait import wait_until

PREFIX = "sluice-lab"
SERVER_V4 = "192.0.2.10"
SERVER_V6 = "2001:db8:0:1::10"
GATEWAY_V4 = "192.0.2.1"
GATEWAY_V6 = "2001:db8:0:1::1"
# Every address of these answers in the visitors' namespace.
VISITORS = ("198.51.100.0/24", "203.0.113.0/24", "10.64.0.0/10", "2001:db8:1000::/36")

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class CommandFailed(RuntimeError):
    pass


def run(*command, **options):
    """Runs a command to its end and returns what it printed; raises CommandFailed with its error output."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(command)}: exit {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class Namespace:
    """One network namespace by its name under /run/netns."""

    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments)

    def command(self, *arguments):
        """The command line that runs `arguments` in here; the process ends when the thread that starts it does.

        nsenter and not `ip netns exec`: that one mounts a new /sys, which hides the BPF file system."""
        return ["setpriv", "--pdeathsig", "TERM", "nsenter", f"--net=/run/netns/{self.name}", "--", *arguments]

    def run(self, *arguments, **options):
        return run(*self.command(*arguments), **options)

    def popen(self, *arguments, **options):
        """Starts a process that a Ctrl-C at the terminal does not reach: whoever started it ends it, in order."""
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL, start_new_session=True, **options)

    def enter(self):
        """Moves the calling thread into this namespace: the sockets it makes from then on are in here."""
        with open(f"/run/netns/{self.name}", "rb") as handle:
            if _libc.setns(handle.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"setns {self.name}")

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in this namespace within the block. A socket stays where it was made."""
        with open("/proc/thread-self/ns/net", "rb") as home:
            self.enter()
            try:
                yield
            finally:
                if _libc.setns(home.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns back")

    def socket(self, family, kind, address=None):
        """A socket in this namespace, bound to (address, port 0) when one is given."""
        with self.entered():
            made = socket.socket(family, kind)
        if address is not None:
            made.bind((address, 0))
        return made

    def remove(self):
        _remove_namespace(self.name)


class Network:
    """server: namespace with the interface `interface` (web0); visitors: namespace with the gateway and all visitors.

    `wired`: two interfaces of this machine with a cable between them, the server's and the visitors', to be used instead of a
    veth pair. They come back with remove()."""

    def __init__(self, wired=None):
        sweep()
        self.interface, self.uplink = wired or ("web0", "uplink")
        self._wired = wired is not None
        self._removed = False
        atexit.register(self.remove)
        try:
            self.server = Namespace(f"{PREFIX}-{os.getpid()}-web")
            self.visitors = Namespace(f"{PREFIX}-{os.getpid()}-visitors")
            self._build()
        except BaseException:
            self.remove()
            raise

    def _build(self):
        server, visitors, uplink = self.server, self.visitors, self.uplink
        # Duplicate address detection keeps an address tentative for one to two seconds. A host whose link-local address is
        # tentative cannot ask for a neighbour's: its first packet over IPv6 waits for the second attempt, one second later.
        # Nobody else is on this cable, so nobody can have the same address.
        for namespace in (server, visitors):
            namespace.run("sysctl", "-q", "-w", "net.ipv6.conf.default.accept_dad=0")
        if self._wired:
            run("ip", "link", "set", "dev", self.interface, "netns", server.name)
            run("ip", "link", "set", "dev", uplink, "netns", visitors.name)
        else:
            server.ip("link", "add", self.interface, "type", "veth", "peer", "name", uplink, "netns", visitors.name)
        server.ip("link", "set", "lo", "up")
        visitors.ip("link", "set", "lo", "up")
        server.ip("link", "set", self.interface, "up")
        visitors.ip("link", "set", uplink, "up")
        server.ip("addr", "add", f"{SERVER_V4}/24", "dev", self.interface)
        server.ip("addr", "add", f"{SERVER_V6}/64", "dev", self.interface)
        visitors.ip("addr", "add", f"{GATEWAY_V4}/24", "dev", uplink)
        visitors.ip("addr", "add", f"{GATEWAY_V6}/64", "dev", uplink)
        server.ip("route", "add", "default", "via", GATEWAY_V4)
        server.ip("-6", "route", "add", "default", "via", GATEWAY_V6)
        # IPv4 lets a socket bind to an address of a local route; IPv6 only with this.
        visitors.run("sysctl", "-q", "-w", "net.ipv6.ip_nonlocal_bind=1")
        for network in VISITORS:
            visitors.ip("route", "add", "local", network, "dev", "lo")
        for namespace, device in ((server, self.interface), (visitors, uplink)):
            # The kernel adds the link-local address on its own when the cable is in, and readies addresses on a work queue.
            wait_until(f"the IPv6 addresses of {device}", lambda namespace=namespace, device=device:
                       ready_scopes(namespace, device) == {"global", "link"})

    def driver_drops(self):
        """Packets that XDP dropped at the server's interface, as the driver itself counts them.

        veth counts at the end that receives and runs the program, once for each queue."""
        text = self.server.run("ethtool", "-S", self.interface)
        return sum(int(count) for count in re.findall(r"rx_queue_\d+_xdp_drops: (\d+)", text))

    def take_what_is_sent_back(self, passing):
        """Lets the visitors receive what a program at the server's interface sends back (XDP_TX).

        veth delivers that only where a program runs at its other end too: `passing` is the object file of one that passes all."""
        self.visitors.ip("link", "set", "dev", self.uplink, "xdpdrv", "obj", passing, "sec", "xdp.frags")

    def route_unbound(self, address):
        """From now on visitors that bind to no address, as browsers do, come from this one (IPv4)."""
        self.visitors.ip("addr", "replace", f"{address}/32", "dev", "lo")
        self.visitors.ip("route", "replace", f"{SERVER_V4}/32", "dev", self.uplink, "src", address)

    def processes(self):
        return _processes(self.server.name) + _processes(self.visitors.name)

    def remove(self):
        """Ends what still runs in the namespaces and removes them. May be called more than once."""
        if self._removed:
            return
        self._removed = True
        atexit.unregister(self.remove)
        for kind in ("visitors", "web"):
            _remove_namespace(f"{PREFIX}-{os.getpid()}-{kind}")


def ready_scopes(namespace, device):
    """The scopes ("global", "link") in which `device` has an IPv6 address that it can send from; empty while one is tentative."""
    addresses = [address for link in json.loads(namespace.ip("-j", "-6", "addr", "show", "dev", device))
                 for address in link.get("addr_info", ())]
    return set() if any(address.get("tentative") for address in addresses) else {address["scope"] for address in addresses}


def exit_on_signals():
    """SIGTERM and SIGHUP end the program as Ctrl-C does, through its `finally` blocks and at-exit handlers."""

    def leave(number, _frame):
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def sweep():
    """Removes the namespaces and pins of runs whose process is gone."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        match = re.fullmatch(rf"{PREFIX}-(\d+)-(web|visitors)", name)
        if match and not _alive(match[1]):
            _remove_namespace(name)
    for parent in ("/sys/fs/bpf", "/tmp"):
        for name in os.listdir(parent) if os.path.isdir(parent) else []:
            match = re.fullmatch(rf"{PREFIX}-(\d+)(-.*)?", name)
            if match and not _alive(match[1]):
                run("rm", "-rf", f"{parent}/{name}")


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _processes(name):
    if not os.path.exists(f"/run/netns/{name}"):
        return []
    return [int(pid) for pid in run("ip", "netns", "pids", name).split()]


def _remove_namespace(name):
    # Twice: a process may have forked while the first list was read. This process's own threads are no targets.
    for _ in range(2):
        for pid in _processes(name):
            if pid != os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    if os.path.exists(f"/run/netns/{name}"):
        run("ip", "netns", "del", name)
