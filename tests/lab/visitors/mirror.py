# SPDX-License-Identifier: Apache-2.0
"""wget --recursive from one address: follows every link it finds, and obeys robots.txt as it does by default."""


class Mirror:
    name = "wget --recursive"

    def __init__(self, namespace, address, server, folder):
        self.address = address
        self.network = address
        host = f"[{server}]" if ":" in server else server
        self._process = namespace.popen(
            "/usr/bin/wget", "--quiet", "--recursive", "--level=inf", f"--bind-address={address}",
            "--timeout=3", "--tries=0", "--waitretry=1", f"--directory-prefix={folder}/wget", f"http://{host}/")

    def running(self):
        return self._process.poll() is None

    def leave(self):
        self._process.kill()
        self._process.wait()
