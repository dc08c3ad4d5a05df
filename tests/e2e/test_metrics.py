# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus reads the daemon's metrics; promtool has nothing against them, the alerts or the board."""

import json
import os
import re
import subprocess
import sys

import case
from lab.filter import TOP
from lab.network import CommandFailed
from lab.wait import wait_until

LISTEN = "127.0.0.1:9798"
PROMETHEUS = "127.0.0.1:9090"
PROMTOOL = "/usr/bin/promtool"
SCRAPER = "198.51.100.40"
VISITOR = "198.51.100.41"


SLOW_CLIENTS = f"""
import selectors, socket, time
host, port = {LISTEN!r}.split(":")
waiting = selectors.DefaultSelector()
def connect():
    client = socket.create_connection((host, int(port)))
    client.sendall(b"GET /metrics HTT")
    waiting.register(client, selectors.EVENT_READ)
for _ in range(200):
    connect()
print("200 are connected", flush=True)
while True:
    for key, _ in waiting.select():
        waiting.unregister(key.fileobj)
        key.fileobj.close()
        connect()
        time.sleep(0.005)
"""


def names_in(expression):
    """The metrics of ours that an expression asks for."""
    return set(re.findall(r"\b(?:sluice|process)_[a-z0-9_]+", re.sub(r'"[^"]*"', "", expression)))


class Metrics(case.LabCase):
    settings = {"mode": "enforce", "metrics": {"listen": LISTEN}}

    def fetch(self, url):
        return self.network.server.run("curl", "--silent", "--show-error", "--fail", "--max-time", "5", url)

    def metrics(self):
        return self.fetch(f"http://{LISTEN}/metrics")

    def test_says_what_happens_and_of_whom_nothing(self):
        self.fall_for_decoy(SCRAPER)
        self.assertDropped(SCRAPER)
        text = self.metrics()
        self.assertIn('sluice_decisions{action="block"} 1', text)
        self.assertRegex(text, r'sluice_packets_total\{reason="drop_decision"\} [1-9]')
        self.assertIn("sluice_enforcing 1", text)
        self.assertIn("sluice_uncovered_people_shapes 0", text)
        self.assertNotIn(SCRAPER, text)
        checked = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def test_prometheus_reads_them(self):
        folder = os.path.join(self.filter.folder, "prometheus")
        os.makedirs(folder)
        config = os.path.join(folder, "prometheus.yml")
        rules = os.path.join(TOP, "config", "prometheus", "sluice.rules.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{rules}]\nscrape_configs:\n"
                       f"  - {{job_name: sluice, static_configs: [{{targets: ['{LISTEN}']}}]}}\n")
        server = self.network.server.popen("/usr/bin/prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                                           f"--web.listen-address={PROMETHEUS}", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            def value_of(query):
                try:
                    answer = json.loads(self.fetch(f"http://{PROMETHEUS}/api/v1/query?query={query}"))
                except CommandFailed:
                    return None  # it is not up yet
                result = answer["data"]["result"]
                return float(result[0]["value"][1]) if result else None
            self.assertEqual(wait_until("a scrape", lambda: value_of("sluice_enforcing"), 30), 1)
            self.assertEqual(value_of("up"), 1)
            self.assertEqual(value_of("sluice_interface_filtered"), 1)
        finally:
            server.terminate()
            server.wait()

    def test_alerts_and_board_ask_for_what_there_is(self):
        rules = os.path.join(TOP, "config", "prometheus")
        for arguments in (["check", "rules", "sluice.rules.yml"], ["test", "rules", "sluice.rules.test.yml"]):
            done = subprocess.run([PROMTOOL, *arguments], cwd=rules, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertServed(VISITOR)
        wait_until("its line to be read", lambda: "sluice_log_last_line_timestamp_seconds" in self.metrics())
        known = set(re.findall(r"^# TYPE (\S+)", self.metrics(), re.MULTILINE))
        with open(os.path.join(rules, "sluice.rules.yml"), encoding="utf-8") as file:
            asked = {name for line in file if line.lstrip().startswith("expr:") for name in names_in(line)}
        with open(os.path.join(TOP, "config", "grafana", "sluice.json"), encoding="utf-8") as file:
            board = json.load(file)
        for panel in board["panels"]:
            for target in panel["targets"]:
                asked |= names_in(target["expr"])
        self.assertGreater(len(asked), 15)
        # Of lists there is nothing to say where there are none.
        self.assertEqual({name for name in asked - known if not name.startswith("sluice_list_")}, set())

    def test_slow_clients_keep_no_scrape_out(self):
        # Each connects, sends half a request, and connects again when it is closed.
        slow = self.network.server.popen(sys.executable, "-c", SLOW_CLIENTS, stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(slow.stdout.readline().strip(), "200 are connected")
            answered = 0
            for _ in range(40):
                try:
                    answered += self.metrics().startswith("# HELP")
                except CommandFailed:
                    pass
            self.assertEqual(answered, 40)
            self.assertIsNone(slow.poll(), "the slow clients are still there")
        finally:
            slow.kill()
            slow.wait()
            slow.stdout.close()

    def test_other_paths_and_methods_are_refused(self):
        for arguments, status in ((["/"], "404"), (["-X", "POST", "/metrics"], "405"), (["-I", "/metrics"], "200")):
            *options, path = arguments
            said = self.network.server.run("curl", "--silent", "--max-time", "5", "--output", "/dev/null", "--write-out", "%{http_code}",
                                           *options, f"http://{LISTEN}{path}")
            self.assertEqual(said, status, arguments)


if __name__ == "__main__":
    if os.path.exists(PROMTOOL):
        case.main()
    print("skipped: prometheus is not installed (scripts/setup installs it)")
    raise SystemExit(1 if os.environ.get("CI") == "true" else 77)
