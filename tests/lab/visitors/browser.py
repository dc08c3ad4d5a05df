# SPDX-License-Identifier: Apache-2.0
"""Visitors with a real browser: Debian's Chromium, driven by playwright-core (browser.js), all in one process.

Each comes to a host of its own under DOMAIN, so that the web server's log tells them apart; all have the address that
Network.route_unbound gave to whoever binds to none.
"""

import json
import os
import subprocess
import tempfile

from lab.filter import build_folder
from lab.network import SERVER_V4

DOMAIN = "neighbours.example"
CHROMIUM = "/usr/bin/chromium"
# Chromium's own, without the word that says it is headless.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"


def modules():
    """Where scripts/evaluate puts playwright-core."""
    return os.path.join(build_folder(), "playwright", "node_modules")


def host(name):
    return f"{name}.{DOMAIN}"


class Browsers:
    """They come when this is made. `orders`: dicts of name, kind (person, phone, walker) and what browser.js knows."""

    def __init__(self, namespace, folder, orders):
        self._output = tempfile.TemporaryFile()
        self._errors = tempfile.TemporaryFile()
        version = namespace.run(CHROMIUM, "--version").split()[1]
        visitors = [{"seed": number, "read": [0.1, 0.4], **order, "host": host(order["name"])} for number, order in enumerate(orders)]
        plan = {"executable": CHROMIUM, "server": SERVER_V4, "domain": DOMAIN, "visitors": visitors,
                "agent": AGENT.format(major=version.split(".")[0])}
        path = os.path.join(folder, f"plan-{os.urandom(4).hex()}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(plan, file)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "browser.js")
        self._process = namespace.popen("node", script, path, stdout=self._output, stderr=self._errors,
                                        env={**os.environ, "NODE_PATH": modules()})

    def wait(self, seconds):
        """When all have left: what each says of its visit, {name: {pages, people, troubles}}."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"the browser's visitors had not left after {seconds:g} s") from None
        self._errors.seek(0)
        self._output.seek(0)
        if status != 0:
            raise RuntimeError(f"the browser ended with status {status}: {self._errors.read().decode(errors='replace')[-2000:]}")
        answers = [json.loads(line) for line in self._output.read().splitlines()]
        return {answer["host"].removesuffix(f".{DOMAIN}"): answer for answer in answers}

    def leave(self):
        # node ends Chromium when it is told to end.
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
