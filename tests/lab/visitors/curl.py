# SPDX-License-Identifier: Apache-2.0
"""curl: a loop that starts it for every page, as scripts do, and one curl with a list of what to fetch from where."""

import os

# $1: the address; $2: the server; $3: seconds between requests; then the paths, again and again.
_LOOP = r"""
address=$1 server=$2 pause=$3; shift 3
n=0
while true; do
  for path in "$@"; do
    n=$((n + 1))
    curl --silent --output /dev/null --max-time 2 --interface "$address" "http://$server${path/NUMBER/$n}"
    sleep "$pause"
  done
done
"""

# What a browser sends, as its own tools copy it for curl.
BROWSER_HEADERS = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.9",
    "Accept-Encoding": "gzip, deflate",
}


class Loop:
    """Runs until it is told to leave. NUMBER in a path is 1, 2, 3, ..."""

    def __init__(self, namespace, address, server, paths, pause=0.0):
        self.address = self.network = address
        self._process = namespace.popen("bash", "-c", _LOOP, "loop", address, server, str(pause), *paths)

    def running(self):
        return self._process.poll() is None

    def leave(self):
        self._process.kill()
        self._process.wait()


def fetch(namespace, folder, server, requests, headers):
    """Starts one curl that fetches (address, path) after (address, path), with cookies; the process is the caller's."""
    path = os.path.join(folder, f"curl-{os.urandom(4).hex()}.conf")
    with open(path, "w", encoding="utf-8") as file:
        for number, (address, target) in enumerate(requests):
            lines = ["next"] if number else []
            lines += ["silent", 'output = "/dev/null"', 'cookie = ""', "max-time = 5", f'interface = "{address}"', f'url = "http://{server}{target}"']
            lines += [f'header = "{name}: {value}"' for name, value in headers.items()]
            file.write("\n".join(lines) + "\n")
    return namespace.popen("/usr/bin/curl", "--config", path)
