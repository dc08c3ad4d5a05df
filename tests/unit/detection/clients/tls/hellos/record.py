#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Records what a real client says first: its TLS ClientHello and its user agent.

    record.py NAME COMMAND...    writes NAME.hello (the bytes from the record header on) and NAME.agent

COMMAND is run twice on loopback, with {url} replaced: once by https://localhost:PORT/, where the first hello is kept and the
connection closed, once by http://localhost:PORT/, where the user agent is kept and the request answered.
"""

import os
import signal
import socket
import subprocess
import sys

TIMEOUT_S = 60


def read_hello(connection):
    """The records that hold the ClientHello."""
    data = b""
    handshake = b""
    position = 0
    while len(handshake) < 4 or len(handshake) < 4 + int.from_bytes(handshake[1:4], "big"):
        chunk = connection.recv(65536)
        if not chunk:
            break
        data += chunk
        while len(data) >= position + 5:
            end = position + 5 + int.from_bytes(data[position + 3:position + 5], "big")
            if len(data) < end:
                break
            handshake += data[position + 5:end]
            position = end
    return data[:position]


def read_agent(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            break
        data += chunk
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<p>Hello</p>\n")
    for line in data.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"user-agent":
            return value.strip()
    return b""


def visit(scheme, command, take):
    """What `take` makes of the first connection that gives anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(TIMEOUT_S)
        url = f"{scheme}://localhost:{server.getsockname()[1]}/"
        client = subprocess.Popen([part.replace("{url}", url) for part in command], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            while True:
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(TIMEOUT_S)
                    got = take(connection)
                if got:
                    return got
        finally:
            os.killpg(client.pid, signal.SIGKILL)  # browsers are many processes
            client.wait()


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    name, command = sys.argv[1], sys.argv[2:]
    hello = visit("https", command, read_hello)
    with open(f"{name}.hello", "wb") as file:
        file.write(hello)
    agent = visit("http", command, read_agent)
    with open(f"{name}.agent", "wb") as file:
        file.write(agent + b"\n")
    print(f"{name}: {len(hello)} bytes, {agent.decode()}")


if __name__ == "__main__":
    main()
