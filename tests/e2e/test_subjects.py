# SPDX-License-Identifier: Apache-2.0
"""The snippets for what an application says of its answers: each real server logs the people, the visitor does not see them, and
Sluice reads them in the log.

An application says in X-Sluice-Subjects and X-Sluice-Subject-Count whom an answer shows. The snippets of config/ are used as they
are installed, with paths and ports of this test, and so is the configuration of Sluice that each names.
"""

import contextlib
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import case
from lab.filter import TOP, sluiced

NGINX, APACHE, CADDY, HAPROXY = "/usr/sbin/nginx", "/usr/sbin/apache2", "/usr/bin/caddy", "/usr/sbin/haproxy"
CURL = "/usr/bin/curl"
APACHE_MODULES = "/usr/lib/apache2/modules"

SUBJECTS = "7,9,J%C3%B6rg%2C12,0a1b2c3d-0a1b-4c3d-8e4f-0a1b2c3d4e5f"
COUNT = "120"
# A visitor cannot say whom an answer showed.
FORGED = "4711"
# Fifty names of 36 bytes, the most that the manual advises.
MANY = ",".join(f"0a1b2c3d-0a1b-4c3d-8e4f-0a1b2c3d{number:04d}" for number in range(50))

# People of one answer with 120 and one with fifty; the answer that fails shows nobody.
PEOPLE = 120 + 50

SECONDS = 10


class Application(http.server.BaseHTTPRequestHandler):
    """/people says whom it shows; /many says it of fifty; /failed says it of an answer that fails; anything else says nothing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(500 if self.path == "/failed" else 200)
        if self.path in ("/people", "/failed"):
            self.send_header("X-Sluice-Subjects", SUBJECTS)
            self.send_header("X-Sluice-Subject-Count", COUNT)
        if self.path == "/many":
            self.send_header("X-Sluice-Subjects", MANY)
        self.send_header("Content-Length", "3")
        self.send_header("X-Kept", "yes")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Servers before it close their connections as they end."""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(what, look):
    """What `look` finds, once it finds something; log lines are written after the answer."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come within {SECONDS} s")


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Snippets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.application = Server(("127.0.0.1", 0), Application)
        cls.addClassCleanup(cls.application.server_close)
        cls.addClassCleanup(cls.application.shutdown)
        threading.Thread(target=cls.application.serve_forever, daemon=True).start()
        cls.behind = cls.application.server_address[1]

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.port = free_port()
        self.log = os.path.join(self.folder, "sluice.log")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def snippet(self, name, replaced):
        """The text of a snippet, with other paths and ports; all of them must occur in it."""
        with open(os.path.join(TOP, "config", name), encoding="utf-8") as file:
            text = file.read()
        for old, new in replaced.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        return text

    def start(self, *command):
        environment = os.environ | {"HOME": self.folder, "XDG_DATA_HOME": self.folder, "XDG_CONFIG_HOME": self.folder}
        with open(os.path.join(self.folder, "output"), "wb") as output:
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
                                      start_new_session=True)
        self.addCleanup(self.stop, server)

        def is_up():
            if server.poll() is not None:
                with open(os.path.join(self.folder, "output"), encoding="utf-8") as file:
                    raise AssertionError(f"{command[0]} ended with {server.returncode}: {file.read()}")
            return accepts(self.port)

        wait_for(f"port {self.port} of {command[0]}", is_up)

    @staticmethod
    def stop(server):
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()

    def lines(self):
        """Lines of the log that are requests; HAProxy also writes what it is connected to, and of the wait for its port."""
        with contextlib.suppress(FileNotFoundError), open(self.log, encoding="utf-8") as file:
            return [line for line in file if "/people" in line or "/many" in line or "/plain" in line or "/failed" in line]
        return []

    def ask(self, path):
        """Headers that the visitor sees, and the line that the request left in the log."""
        before = len(self.lines())
        done = subprocess.run([CURL, "--silent", "--show-error", "--max-time", "5", "--dump-header", "-", "--output", "/dev/null",
                               "--header", f"X-Sluice-Subjects: {FORGED}", "--header", "Host: www.example.org",
                               f"http://127.0.0.1:{self.port}{path}"], capture_output=True, text=True, check=True)
        lines = wait_for(f"the log line of {path}", lambda: self.lines()[before:])
        self.assertEqual(len(lines), 1)
        return done.stdout.lower(), lines[0]

    def check_all(self, nothing, many=MANY):
        """`nothing`: how the log of this server writes that there is no such header; `many`: how much of a long one it keeps."""
        for path, subjects, count in (("/people", SUBJECTS, COUNT), ("/many", many, nothing), ("/plain", nothing, nothing)):
            with self.subTest(path):
                seen, line = self.ask(path)
                self.assertIn(" 200", seen)
                self.assertIn("x-kept: yes", seen)
                self.assertNotIn("sluice", seen)
                self.assertEqual(self.said(line), (subjects, count), line)
        with self.subTest("/failed"):
            seen, line = self.ask("/failed")
            self.assertIn(" 500", seen)
            self.assertNotIn("sluice", seen)
            self.assertIn(self.said(line), ((SUBJECTS, COUNT), (nothing, nothing)), line)

    def said(self, line):
        """The subjects and the count in a log line whose last two fields they are, in quotes."""
        return re.search(r'"([^"]*)" "([^"]*)"$', line.rstrip("\n")).groups()

    def check_that_sluice_reads_it(self, snippet, pattern=None):
        """With the configuration that stands in the comment at the top of the snippet."""
        text = "\n".join(re.findall(r"^#   (.*)$", snippet.partition("\n#\n")[0], re.MULTILINE))
        if pattern:
            text, places = re.subn(r"^pattern = .*", lambda _: f"pattern = '''{pattern}'''", text, flags=re.MULTILINE)
            self.assertEqual(places, 1)
        config = self.write("sluice.toml", text)
        done = subprocess.run([sluiced(), "replay", "--json", "--all", "--config", config, self.log], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, f"{text}\n{done.stderr}")
        sources = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(sum(source["subjects_before"] + source["subjects_after"] for source in sources), PEOPLE, done.stdout)

    def test_nginx(self):
        text = self.snippet("nginx-subjects.conf", {"/var/log/nginx/sluice.log": self.log})
        config = self.write("nginx.conf", f"daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log; events {{}}\n"
                            f"http {{\n{text}\nserver {{ listen 127.0.0.1:{self.port}; location / {{\n"
                            f"proxy_pass http://127.0.0.1:{self.behind}; }} }} }}\n")
        self.start(NGINX, "-e", f"{self.folder}/error.log", "-p", self.folder, "-c", config)
        self.check_all("-")
        self.check_that_sluice_reads_it(text, re.search(r"^log_format .*?;$", text, re.DOTALL | re.MULTILINE)[0])

    def test_apache(self):
        text = self.snippet("apache-subjects.conf", {"/var/log/apache2/sluice.log": self.log})
        modules = "\n".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so"
                            for name in ("mpm_event", "authz_core", "headers", "proxy", "proxy_http"))
        config = self.write("apache.conf", f"{modules}\nServerRoot {self.folder}\nPidFile {self.folder}/pid\n"
                            f"DefaultRuntimeDir {self.folder}\nErrorLog {self.folder}/error.log\nServerName localhost\n"
                            f"Listen 127.0.0.1:{self.port}\n{text}\nProxyPass / http://127.0.0.1:{self.behind}/\n")
        self.start(APACHE, "-DFOREGROUND", "-f", config)
        self.check_all("-")
        self.check_that_sluice_reads_it(text, re.search(r"^LogFormat .*$", text, re.MULTILINE)[0])

    def test_caddy(self):
        inner = free_port()
        text = self.snippet("caddy-subjects.Caddyfile", {
            ":8080 {": f":{self.port} {{", ":8001": f":{inner}", "127.0.0.1:8000 {\n\t\ttrusted": f"127.0.0.1:{self.behind} {{\n\t\ttrusted",
            "/var/log/caddy/subjects.log": self.log})
        config = self.write("Caddyfile", "{\n\tadmin off\n\tauto_https off\n}\n" + text)
        self.said = self.said_by_caddy
        self.start(CADDY, "run", "--adapter", "caddyfile", "--config", config)
        self.check_all("")
        self.check_that_sluice_reads_it(text)
        record = json.loads(self.lines()[0])
        self.assertEqual(record["request"]["headers"]["X-Forwarded-For"], ["127.0.0.1"])
        self.assertEqual(record["request"]["host"], "www.example.org")

    @staticmethod
    def said_by_caddy(line):
        headers = json.loads(line)["resp_headers"]
        return tuple(",".join(headers.get(name, [""])) for name in ("X-Sluice-Subjects", "X-Sluice-Subject-Count"))

    def test_haproxy(self):
        collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        collector.bind(("127.0.0.1", 0))
        self.addCleanup(collector.close)
        threading.Thread(target=self.collect, args=(collector,), daemon=True).start()
        text = self.snippet("haproxy-subjects.cfg", {
            "log 127.0.0.1:5514": f"log 127.0.0.1:{collector.getsockname()[1]}", "bind 127.0.0.1:8080": f"bind 127.0.0.1:{self.port}",
            "server application 127.0.0.1:8000": f"server application 127.0.0.1:{self.behind}"})
        self.said = self.said_by_haproxy
        self.start(HAPROXY, "-db", "-f", self.write("haproxy.cfg", text))
        self.check_all("", MANY[:2048])
        self.check_that_sluice_reads_it(text)

    def collect(self, collector):
        with contextlib.suppress(OSError), open(self.log, "a", encoding="utf-8") as file:
            while True:
                file.write(collector.recv(65536).decode("utf-8", "replace").rstrip("\n") + "\n")
                file.flush()

    @staticmethod
    def said_by_haproxy(line):
        # Two groups of captures stand before the request: those of the request, and those of the answer.
        return tuple(re.findall(r"\{([^}]*)\}", line)[1].split("|"))


def what_is_missing():
    missing = [program for program in (NGINX, APACHE, CADDY, HAPROXY, CURL, sluiced()) if not os.path.exists(program)]
    return f"not there: {', '.join(missing)} (scripts/setup installs servers, scripts/build builds sluiced)" if missing else None


if __name__ == "__main__":
    case.main(what_is_missing)
