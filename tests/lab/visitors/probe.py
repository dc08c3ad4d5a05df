# SPDX-License-Identifier: Apache-2.0
"""One request from one address: the smallest visitor, for tests that need one thing to happen."""

import http.client
import ipaddress

from lab.network import SERVER_V4, SERVER_V6


def ask(network, address, path, seconds=1.0, headers=None):
    """The status of the answer; None when none came within `seconds`: what a dropped visitor meets."""
    server = SERVER_V4 if ipaddress.ip_address(address).version == 4 else SERVER_V6
    with network.visitors.entered():
        connection = http.client.HTTPConnection(server, 80, timeout=seconds, source_address=(address, 0))
        try:
            connection.request("GET", path, headers={"User-Agent": "probe", **(headers or {})})
            return connection.getresponse().status
        except TimeoutError:
            return None
        finally:
            connection.close()
