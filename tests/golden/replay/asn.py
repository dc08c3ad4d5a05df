# SPDX-License-Identifier: Apache-2.0
"""Writes a small database of autonomous systems in MaxMind's format (MaxMind DB 2.0), for IPv4 alone."""

import ipaddress
import struct


def _head(kind, size):
    """Control byte of a value; sizes below 29, and below 285 with one more byte."""
    extended = b"" if kind < 8 else bytes([kind - 7])
    first = (kind if kind < 8 else 0) << 5
    if size < 29:
        return bytes([first | size]) + extended
    return bytes([first | 29]) + extended + bytes([size - 29])


def _encoded(value):
    if isinstance(value, str):
        text = value.encode()
        return _head(2, len(text)) + text
    if isinstance(value, dict):
        return _head(7, len(value)) + b"".join(_encoded(key) + _encoded(inner) for key, inner in value.items())
    if isinstance(value, list):
        return _head(11, len(value)) + b"".join(map(_encoded, value))
    kind, number = value  # 5: 16 bits, 6: 32 bits, 9: 64 bits
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return _head(kind, len(octets)) + octets


def database(systems):
    """`systems`: network to (number, organisation)."""
    nodes, data = [[None, None]], b""
    places = []
    for network, (number, organisation) in systems.items():
        places.append((ipaddress.ip_network(network), len(data)))
        data += _encoded({"autonomous_system_number": (6, number), "autonomous_system_organization": organisation})
    for network, place in places:
        bits = f"{int(network.network_address):032b}"[:network.prefixlen]
        node = 0
        for bit in bits[:-1]:
            following = nodes[node][int(bit)]
            if following is None:
                following = nodes[node][int(bit)] = len(nodes)
                nodes.append([None, None])
            node = following
        nodes[node][int(bits[-1])] = ("data", place)
    tree = b""
    for node in nodes:
        for record in node:
            if record is None:
                record = len(nodes)
            elif isinstance(record, tuple):
                record = len(nodes) + 16 + record[1]
            tree += struct.pack(">I", record)[1:]
    metadata = _encoded({
        "node_count": (6, len(nodes)), "record_size": (5, 24), "ip_version": (5, 4), "database_type": "Golden-ASN",
        "languages": ["en"], "binary_format_major_version": (5, 2), "binary_format_minor_version": (5, 0),
        "build_epoch": (9, 1772409600), "description": {"en": "for tests"}})
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata
