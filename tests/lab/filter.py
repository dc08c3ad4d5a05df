# SPDX-License-Identifier: Apache-2.0
"""sluiced and sluicectl in the lab: a configuration, the daemon in the server's namespace, the operator's commands.

Runs the programs as they were built, as an operator would. Knows nothing of visitors.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time

from lab.network import PREFIX
from lab.site import DECOY
from lab.wait import TimedOut, wait_until

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def build_folder():
    return os.environ.get("SLUICE_BUILD_DIR", os.path.join(TOP, "build"))


def sluiced():
    return os.path.join(build_folder(), "daemon", "sluiced")


def sluicectl():
    return os.path.join(build_folder(), "ctl", "sluicectl")


def to_toml(settings):
    """A dict of values, tables (dicts) and arrays of tables (lists of dicts), at most that deep, as TOML."""
    # Our strings, numbers, booleans and lists of them are written alike in JSON and TOML.
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items() if not _is_table(value)]
    for key, value in settings.items():
        if isinstance(value, dict):
            inner = {name: entry for name, entry in value.items() if not _is_table(entry)}
            lines += ["", f"[{key}]", *(f"{name} = {json.dumps(entry)}" for name, entry in inner.items())]
            for name, entry in value.items():
                if isinstance(entry, dict):
                    lines += ["", f"[{key}.{name}]", *(f"{last} = {json.dumps(item)}" for last, item in entry.items())]
        elif _is_table(value):
            for table in value:
                lines += ["", f"[[{key}]]", *(f"{name} = {json.dumps(entry)}" for name, entry in table.items())]
    return "\n".join(lines) + "\n"


def _is_table(value):
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


class Answer:
    """What a command said."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def json(self):
        return json.loads(self.out)

    def json_lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"exit {self.status}\n{self.out}{self.err}"


class Watch:
    """`sluicectl --json watch`: the events of the daemon, and the frames it was asked for, as they happen."""

    def __init__(self, command):
        self.events = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, text=True)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self._process.stdout:
            event = json.loads(line)
            with self._changed:
                self.events.append(event)
                self._changed.notify_all()

    def wait_for(self, what, matches, seconds=10.0):
        """The first event, past or to come, for which `matches` is true."""

        def found():
            return next((event for event in self.events if matches(event)), None)

        with self._changed:
            event = self._changed.wait_for(found, seconds)
        if event is None:
            raise TimedOut(f"waited {seconds:g} s for the event: {what}; seen: {self.events}")
        return event

    def wait_for_more(self, seconds):
        """Returns when another event has come, or after so many seconds."""
        with self._changed:
            self._changed.wait(seconds)

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        self._process.stdout.close()


class Filter:
    """The daemon that protects the lab's web server. `settings` go over the lab's own, table by table."""

    def __init__(self, network, folder, access_log, settings=None):
        self.network = network
        self.folder = folder
        self.log = os.path.join(folder, "sluiced.log")
        self.config = os.path.join(folder, "sluice.toml")
        self.bpf_fs = f"/sys/fs/bpf/{PREFIX}-{os.getpid()}"
        self.socket = os.path.join(folder, "control.sock")
        self._process = None
        self._attached = False
        self._settings = {
            "mode": "enforce",
            "filter": {"interfaces": [network.interface], "bpf_fs": self.bpf_fs},
            "log": [{"path": access_log}],
            "decoy": {"paths": [DECOY]},
            "control": {"socket": self.socket, "group": "root"},
            "store": {"path": os.path.join(folder, "state.db")},
        }
        self.configure(settings or {})

    def configure(self, settings):
        """Writes the configuration file anew, with `settings` over what it was; reload() or a start puts it in force."""
        for key, value in settings.items():
            if isinstance(value, dict):
                self._settings[key] = {**self._settings.get(key, {}), **value}
            else:
                self._settings[key] = value
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(to_toml(self._settings))

    def _run(self, *command, **options):
        return Answer(subprocess.run(command, capture_output=True, text=True, check=False, **options))

    def daemon(self, subcommand, *options):
        """Runs a subcommand of sluiced that ends by itself, with this configuration."""
        config = [self.config] if subcommand == "check-config" else ["--config", self.config]
        return self._run(*self.network.server.command(sluiced(), subcommand, *options, *config))

    def attach(self, *options):
        answer = self.daemon("attach", *options)
        if answer.status != 0:
            raise RuntimeError(f"sluiced attach: {answer}")
        self._attached = True

    def detach(self):
        answer = self.daemon("detach")
        if answer.status != 0:
            raise RuntimeError(f"sluiced detach: {answer}")
        self._attached = False

    def start(self, attach=True, wrapper=(), seconds=20.0, options=()):
        """Starts the brain and returns when it says that all is in force; `wrapper` is a command line put before it, `options` are further
        ones of `sluiced run`."""
        if self._process is not None:
            raise RuntimeError("it runs already")
        path = os.path.join(self.folder, "notify.sock")
        if os.path.exists(path):
            os.unlink(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, open(self.log, "ab") as log:
            notify.bind(path)
            os.chmod(path, 0o777)
            command = [*wrapper, sluiced(), "run", *(["--attach"] if attach else []), *options, "--config", self.config]
            self._process = self.network.server.popen(*command, stderr=log, env={**os.environ, "NOTIFY_SOCKET": path})
            deadline = time.monotonic() + seconds
            notify.settimeout(0.1)
            while True:
                try:
                    if b"READY=1" in notify.recv(4096):
                        return
                except TimeoutError:
                    pass
                if self._process.poll() is not None:
                    self._process = None
                    raise RuntimeError(f"sluiced ended instead of getting ready:\n{self.log_text()}")
                if time.monotonic() >= deadline:
                    self.kill()
                    raise TimedOut(f"sluiced was not ready after {seconds:g} s:\n{self.log_text()}")

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process is not None and self._process.poll() is None

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self):
        """Ends the brain in order; gives its exit status."""
        self._process.terminate()
        return self.wait()

    def wait(self, seconds=10.0):
        """Waits for the brain to end; gives its exit status."""
        process, self._process = self._process, None
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise TimedOut(f"sluiced did not end within {seconds:g} s:\n{self.log_text()}") from None

    def kill(self):
        process, self._process = self._process, None
        process.kill()
        process.wait()

    def signal_reload(self):
        self._process.send_signal(signal.SIGHUP)

    def ctl(self, *arguments, text=None, environment=None, wrapper=()):
        """One sluicectl command; `wrapper` is a command line put before it."""
        return self._run(*wrapper, sluicectl(), "--socket", self.socket, *arguments, input=text or "",
                         env={**os.environ, **(environment or {})})

    def ask(self, *arguments):
        """The same with --json, which must succeed: its object."""
        answer = self.ctl("--json", *arguments)
        if answer.status != 0:
            raise RuntimeError(f"sluicectl {' '.join(arguments)}: {answer}")
        return answer.json()

    def decisions(self):
        answer = self.ctl("--json", "list")
        if answer.status != 0:
            raise RuntimeError(f"sluicectl list: {answer}")
        return answer.json_lines()

    def decisions_by(self, actor):
        """Those by one kind of actor."""
        return [entry for entry in self.decisions() if entry["actor"].split()[0] == actor]

    def decision(self, source):
        """The decision in force for a source as text, or None."""
        return next((entry for entry in self.decisions() if entry["source"] == source), None)

    def watch(self, *options):
        """Watches from now on: returns when the daemon has taken note of the watcher."""
        return self._watching(lambda: Watch([sluicectl(), "--socket", self.socket, "--json", "watch", *options]))

    def capture(self, *options):
        """Likewise `sluicectl capture`, as a process that the caller waits for."""
        return self._watching(lambda: subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", sluicectl(), "--socket", self.socket, "capture", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE))

    def _watching(self, begin):
        def watchers():
            return self.ask("status")["control"]["watchers"]

        before = watchers()
        begun = begin()
        wait_until("the watcher to be known", lambda: watchers() > before)
        return begun

    def close(self):
        """Ends all of it, whatever state it is in."""
        try:
            if self.running():
                self.stop()
        finally:
            if self._attached or os.path.exists(self.bpf_fs):
                self.daemon("detach")
