# SPDX-License-Identifier: Apache-2.0
"""A real nginx in the server's namespace, with a folder of its own, and what its access log says of each visitor.

Touches nothing of an nginx that the machine runs otherwise.
"""

import ipaddress
import os
import re
import signal
import socket
import subprocess

from lab.network import SERVER_V4, run
from lab.wait import wait_until

# Unbuffered as by default: a line is in the file when the answer has been sent.
_CONFIGURATION = """
user www-data;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  include /etc/nginx/mime.types;
  default_type text/html;
{logs}  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server_tokens off;
  keepalive_requests 100000;
  map $arg_q $found {{ default nobody; "~^([A-Za-z]+)$" $1; }}
  server {{
    listen 80;
    listen [::]:80;
{tls}    root {site};
    location = /search {{ try_files /search/$found.html /search.html; }}
    location = /login {{ add_header Set-Cookie "account=$arg_name; Path=/"; try_files /login.html =404; }}
    location / {{ try_files $uri $uri.html $uri/index.html =404; }}
  }}
}}
"""

_TLS = """    listen 443 ssl;
    listen [::]:443 ssl;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
"""

_COMBINED = "  access_log {folder}/access.log combined;\n"

_LINE = re.compile(r'^(\S+) \S+ \S+ \[[^\]]*\] "(\S*) ?(\S*) ?[^"]*" (\d{3}) (\d+) "[^"]*" "([^"]*)"')
_PEOPLE = re.compile(r"^/people/\d+$")


class Hit:
    """One line of the access log."""

    __slots__ = ("address", "target", "status", "agent")

    def __init__(self, address, target, status, agent):
        self.address, self.target, self.status, self.agent = address, target, status, agent

    @property
    def is_page(self):
        return not self.target.startswith("/assets/") and self.target != "/robots.txt"

    @property
    def is_person(self):
        return bool(_PEOPLE.match(self.target))


class Nginx:
    """Serves the site over HTTP; with `tls` over HTTPS too, with a certificate that it signed itself.

    `logs`: directives for what it logs, with {folder} where its own is to stand, instead of the default combined format to
    access.log; lines there must begin as in that one."""

    def __init__(self, namespace, folder, site, tls=False, logs=_COMBINED):
        self.access_log = os.path.join(folder, "access.log")
        self._folder = folder
        self._namespace = namespace
        self._process = None
        self._settled = 0
        os.makedirs(folder, exist_ok=True)
        configuration = os.path.join(folder, "nginx.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(_CONFIGURATION.format(folder=folder, site=site, logs=logs.format(folder=folder),
                                             tls=_TLS.format(folder=folder) if tls else ""))
        if tls:
            run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=neighbours.example", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem")
        with open(os.path.join(folder, "stderr.log"), "wb") as errors:
            self._process = namespace.popen("/usr/sbin/nginx", "-p", folder, "-e", os.path.join(folder, "error.log"),
                                            "-c", configuration, "-g", "daemon off;", stderr=errors)
        wait_until("nginx to listen", self._answers)

    def _answers(self):
        if self._process.poll() is not None:
            with open(os.path.join(self._folder, "stderr.log"), encoding="utf-8") as errors:
                raise RuntimeError(f"nginx did not start: {errors.read().strip()}")
        with self._namespace.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            return probe.connect_ex((SERVER_V4, 80)) == 0

    def settle(self):
        """Returns when what nginx had received before the call has been answered and logged.

        Its only worker takes requests in order, so one asked over loopback comes after them."""
        with self._namespace.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(5)
            probe.connect(("127.0.0.1", 80))
            # No two of these lines are the same: one that comes again right after the log was cut is taken for what was kept.
            self._settled += 1
            probe.sendall(b"GET /robots.txt HTTP/1.0\r\nUser-Agent: settled %d\r\n\r\n" % self._settled)
            while probe.recv(4096):
                pass

    def reopen(self):
        """What logrotate's postrotate does: nginx opens its log by name again."""
        self._process.send_signal(signal.SIGUSR1)

    def hits(self, network=None):
        """The lines of the access log of one network (text, or an ipaddress network), oldest first; all without one."""
        if network is not None:
            network = ipaddress.ip_network(network)
        found = []
        with open(self.access_log, encoding="utf-8", errors="replace") as log:
            for line in log:
                match = _LINE.match(line)
                if match and (network is None or _within(match[1], network)):
                    found.append(Hit(match[1], match[3], int(match[4]), match[6]))
        return found

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def _within(text, network):
    address = ipaddress.ip_address(text)
    return address.version == network.version and address in network
