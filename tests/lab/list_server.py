# SPDX-License-Identifier: Apache-2.0
"""A real nginx that publishes lists over HTTPS to the server's own namespace, with a certificate of an authority of its own.

Knows nothing of what lists say.
"""

import os
import re
import socket
import subprocess

from lab.network import run
from lab.wait import wait_until

PORT = 8443
PLAIN_PORT = 8081

_CONFIGURATION = """
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
http {{
  default_type text/plain;
  gzip on;
  gzip_types *;
  gzip_min_length 0;
  log_format asked '$request_method $uri $status "$http_if_none_match" "$sent_http_content_encoding"';
  access_log {folder}/access.log asked;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    root {folder}/lists;
    location = /moved.txt {{ return 302 https://127.0.0.1:{port}/drop.txt; }}
    location = /plain.txt {{ return 302 http://127.0.0.1:{plain}/drop.txt; }}
    location = /round.txt {{ return 302 https://127.0.0.1:{port}/round.txt; }}
    location = /busy.txt {{ add_header Retry-After 7200 always; return 503; }}
  }}
  server {{
    listen 127.0.0.1:{plain};
    root {folder}/lists;
  }}
}}
"""


class ListServer:
    """`url(name)` is where publish(name, text) is found; `ca` is the file with the authority to trust."""

    def __init__(self, namespace, folder):
        self._namespace, self._folder = namespace, folder
        self._process = None
        os.makedirs(os.path.join(folder, "lists"))
        self.ca = os.path.join(folder, "ca.pem")
        self._configuration = os.path.join(folder, "nginx.conf")
        with open(self._configuration, "w", encoding="utf-8") as file:
            file.write(_CONFIGURATION.format(folder=folder, port=PORT, plain=PLAIN_PORT))
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1")
        run("openssl", "req", "-x509", *new_key, "-subj", "/CN=lists", "-keyout", f"{folder}/ca.key", "-out", self.ca)
        run("openssl", "req", "-x509", *new_key, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-CA", self.ca, "-CAkey", f"{folder}/ca.key", "-keyout", f"{folder}/server.key", "-out", f"{folder}/server.pem")

    @staticmethod
    def url(name):
        return f"https://127.0.0.1:{PORT}/{name}"

    def publish(self, name, text):
        """Puts a text there in one step, so that nobody reads half of it."""
        path = os.path.join(self._folder, "lists", name)
        with open(path + ".new", "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.rename(path + ".new", path)
        return path

    def start(self):
        self._process = self._namespace.popen("/usr/sbin/nginx", "-p", self._folder, "-e", f"{self._folder}/error.log",
                                              "-c", self._configuration, "-g", "daemon off;", stderr=subprocess.DEVNULL)
        wait_until("the list server to listen", self._answers)

    def _answers(self):
        with self._namespace.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(("127.0.0.1", PORT)) == 0

    def asked(self, name):
        """How often a name was asked for, by the status of the answer."""
        counts = {}
        with open(os.path.join(self._folder, "access.log"), encoding="utf-8") as log:
            for line in log:
                match = re.match(r"GET (\S+) (\d{3}) ", line)
                if match and match[1] == f"/{name}":
                    counts[int(match[2])] = counts.get(int(match[2]), 0) + 1
        return counts

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            self._process.wait(5)
            self._process = None
