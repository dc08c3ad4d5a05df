# SPDX-License-Identifier: Apache-2.0
"""Which page a URL names is what the web server says: real nginx, Apache and Caddy are asked for sixty spellings, and Sluice must
read each as the server does.

Whatever a server answers with a person's page must be that person for Sluice. What it answers with another page, or not at all,
must not be, but where the test says why.
"""

import json
import os
import socket
import subprocess

import case
from lab.filter import sluiced
from test_subjects import APACHE, APACHE_MODULES, CADDY, NGINX, Snippets

PERSON = b"the page of person 5"

# Spellings that servers may take for /people/5 ...
SPELLINGS = [
    "/people/5", "/%70eople/5", "/people/%35", "/%70%65%6f%70%6c%65/%35", "/%70%65%6F%70%6C%65/%35",
    "//people//5", "///people/5", "/people///5", "/people/./5", "/./people/5", "/././people/./5",
    "/x/../people/5", "/a/b/../../people/5", "/people/x/../5", "/people/6/../5", "/people/../people/5",
    "/%2e/people/5", "/people/%2e/5", "/x/%2e%2e/people/5", "/x/%2E%2E/people/5", "/x/.%2e/people/5", "/x/%2e./people/5",
    "/people/5?x=1", "/people/5?", "/people/5?/../6", "/people/5?a=%zz", "/people/5#top", "/people/5?x#y",
    "http://www.example.org/people/5", "http://www.example.org:80/people/5", "http://www.example.org//people/5?x",
    "/people%2F5", "/people%2f5", "/%2Fpeople/5", "/../people/5", "/people/../../people/5", "/people/5%2F..%2F5",
    # ... and those that merely look alike.
    "/people/5;jsessionid=A", "/people;x/5", "/people/5%3Bx", "/people/5%3Fx", "/people/5%23x", "/people/5%20", "/people/5%2E",
    "/people/5.", "/People/5", "/PEOPLE/5", "/people\\5", "/people%5C5", "/%2570eople/5", "/people/5%00", "/people/5%", "/people/5%zz",
    "/people/5/", "/people/5/.", "/people/5/x", "/people/5/..", "/people/", "/people", "/", "/people/55", "/people/..5", "/people/.5",
]

# Sluice cuts path parameters off for every server: applications behind them serve the page, the servers' own files do not.
PARAMETERS = {"/people/5;jsessionid=A", "/people;x/5"}
# A closing slash makes no other person: applications answer both, or send visitors from one to the other.
CLOSING = {"/people/5/", "/people/5/."}
# No browser sends a fragment. nginx cuts it off; the others find nothing there.
FRAGMENTS = {"/people/5#top", "/people/5?x#y"}


class Targets(Snippets):
    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)  # nginx reads as another user
        os.makedirs(os.path.join(self.folder, "www", "people"))
        os.makedirs(os.path.join(self.folder, "www", "x"))
        os.makedirs(os.path.join(self.folder, "www", "a", "b"))
        os.makedirs(os.path.join(self.folder, "www", "people", "x"))
        os.makedirs(os.path.join(self.folder, "www", "people", "6"))
        with open(os.path.join(self.folder, "www", "people", "5"), "wb") as file:
            file.write(PERSON)

    def fetch(self, target):
        """The status and the body of an answer to a target, sent byte for byte."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: www.example.org\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        head, _, body = answer.partition(b"\r\n\r\n")
        return (head.split(b" ", 2) + [b"", b""])[1].decode(), body

    def read_by_sluice(self, server):
        config = self.write("sluice.toml", f'[site]\nserver = "{server}"\nevery_page = "never"\n')
        done = subprocess.run([sluiced(), "test-route", "--config", config, "--json", *SPELLINGS], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=True, timeout=60)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def check_spellings(self, server):
        rows = []
        for target, read in zip(SPELLINGS, self.read_by_sluice(server), strict=True):
            status, body = self.fetch(target)
            served = PERSON in body
            is_person = read["route"] == "people" and read["subject"] == "5" and not read["malformed"]
            rows.append(f"{target:40} {status:>4} {'person 5' if served else '':9} Sluice: {read['path']}")
            with self.subTest(server, target=target):
                if served:
                    self.assertTrue(is_person, read)
                elif is_person:
                    # A redirect leads there; a refusal shows nobody, and Sluice counts only what was served.
                    self.assertTrue(status[0] in "34" and (status[0] == "3" or target in PARAMETERS | CLOSING | FRAGMENTS), (status, read))
        print(f"\n{server}:", *rows, sep="\n  ")

    def test_nginx(self):
        config = self.write("nginx.conf", f"daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log; events {{}}\n"
                            f"http {{ access_log off; server {{ listen 127.0.0.1:{self.port}; root {self.folder}/www; }} }}\n")
        self.start(NGINX, "-e", f"{self.folder}/error.log", "-p", self.folder, "-c", config)
        self.check_spellings("nginx")

    def test_apache(self):
        modules = "\n".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so" for name in ("mpm_event", "authz_core"))
        config = self.write("apache.conf", f"{modules}\nServerRoot {self.folder}\nPidFile {self.folder}/pid\n"
                            f"DefaultRuntimeDir {self.folder}\nErrorLog {self.folder}/error.log\nServerName localhost\n"
                            f"Listen 127.0.0.1:{self.port}\nDocumentRoot {self.folder}/www\n")
        self.start(APACHE, "-DFOREGROUND", "-f", config)
        self.check_spellings("apache")

    def test_caddy(self):
        config = self.write("Caddyfile", f"{{\n\tadmin off\n\tauto_https off\n}}\nhttp://:{self.port} {{\n\troot * {self.folder}/www\n\tfile_server\n}}\n")
        self.start(CADDY, "run", "--adapter", "caddyfile", "--config", config)
        self.check_spellings("caddy")

    test_haproxy = None  # it serves no files


def what_is_missing():
    missing = [program for program in (NGINX, APACHE, CADDY, sluiced()) if not os.path.exists(program)]
    return f"not there: {', '.join(missing)} (scripts/setup installs servers, scripts/build builds sluiced)" if missing else None


del Snippets  # its tests run in its own file

if __name__ == "__main__":
    case.main(what_is_missing)
