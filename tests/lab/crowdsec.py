# SPDX-License-Identifier: Apache-2.0
"""A real CrowdSec, its local API alone, in the server's own namespace: no hub, no central API, a configuration of its own.

Knows nothing of Sluice.
"""

import json
import os
import socket
import subprocess

from lab.filter import build_folder
from lab.wait import wait_until

PORT = 8089

_CONFIGURATION = """
common: {{daemonize: false, log_media: stdout, log_level: info, working_dir: .}}
config_paths: {{config_dir: {folder}, data_dir: {folder}/data, simulation_path: {folder}/simulation.yaml, hub_dir: {folder}/hub,
  index_path: {folder}/hub/.index.json, notification_dir: {folder}/notifications, plugin_dir: {folder}/plugins}}
cscli: {{output: json}}
db_config: {{type: sqlite, db_path: {folder}/data/crowdsec.db, log_level: error, use_wal: false}}
api:
  client: {{insecure_skip_verify: false, credentials_path: {folder}/local_api_credentials.yaml}}
  server: {{log_level: info, listen_uri: "127.0.0.1:{port}", profiles_path: {folder}/profiles.yaml}}
prometheus: {{enabled: false}}
"""
_PROFILES = """
name: default_ip_remediation
filters: ['Alert.Remediation == true && Alert.GetScope() == "Ip"']
decisions: [{type: ban, duration: 4h}]
on_success: break
"""


def program(name):
    """Where scripts/setup unpacked it, or where the host has it; None: nowhere."""
    for path in (os.path.join(build_folder(), "peers", "root", "usr", "bin", name), os.path.join("/usr/bin", name)):
        if os.path.exists(path):
            return path
    return None


class CrowdSec:
    def __init__(self, namespace, folder):
        self._namespace, self._folder = namespace, folder
        self._process = None
        for name in ("data", "hub", "notifications", "plugins"):
            os.makedirs(os.path.join(folder, name))
        self._config = os.path.join(folder, "config.yaml")
        for name, text in (("config.yaml", _CONFIGURATION.format(folder=folder, port=PORT)), ("simulation.yaml", "simulation: false\n"),
                           ("profiles.yaml", _PROFILES), ("local_api_credentials.yaml", ""), ("hub/.index.json", "{}\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        self._output = open(os.path.join(folder, "output"), "wb")
        self.url = f"http://127.0.0.1:{PORT}"
        self.cscli("machines", "add", "lab", "--auto", "--force")

    def cscli(self, *arguments):
        return self._namespace.run(program("cscli"), "-c", self._config, *arguments)

    def start(self):
        self._process = self._namespace.popen(program("crowdsec"), "-c", self._config, "-no-cs", stdout=self._output,
                                              stderr=subprocess.STDOUT)
        wait_until("CrowdSec to listen", self.answers, 20)

    def answers(self):
        with self._namespace.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(("127.0.0.1", PORT)) == 0

    def decide(self, *arguments):
        self.cscli("decisions", "add", *arguments)

    def decisions(self):
        """By their value."""
        alerts = json.loads(self.cscli("decisions", "list")) or []
        return {decision["value"]: decision for alert in alerts for decision in alert["decisions"]}

    def add_bouncer(self, name, path):
        """As an operator does it: the key goes into a file that its owner and group alone can read."""
        with open(path, "w", encoding="utf-8", opener=lambda p, flags: os.open(p, flags, 0o640)) as file:
            file.write(self.cscli("bouncers", "add", name, "-o", "raw").strip() + "\n")
        return path

    def bouncer(self, name):
        return next(entry for entry in json.loads(self.cscli("bouncers", "list")) if entry["name"] == name)

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def close(self):
        self.stop()
        self._output.close()
