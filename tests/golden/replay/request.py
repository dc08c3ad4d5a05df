# SPDX-License-Identifier: Apache-2.0
"""One request, the lines that web servers write of it, and the numbers that stand for chance.

Used by traffic.py. Everything follows from its arguments: no clock, no locale, no random state of Python's.
"""

import calendar
import dataclasses
import json
import time


class Chance:
    """SplitMix64: the same numbers from the same seed, whatever the version of Python."""

    _MASK = (1 << 64) - 1

    def __init__(self, seed):
        self._state = seed

    def next(self):
        self._state = (self._state + 0x9E3779B97F4A7C15) & self._MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & self._MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & self._MASK
        return mixed ^ (mixed >> 31)

    def below(self, end):
        return self.next() % end

    def between(self, first, last):
        return first + self.below(last - first + 1)

    def choice(self, items):
        return items[self.below(len(items))]

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


@dataclasses.dataclass
class Request:
    ms: int  # since 1970
    client: str
    target: str
    agent: str = "-"
    status: int = 200
    size: int = 8000
    referer: str = "-"
    method: str = "GET"
    protocol: str = "HTTP/1.1"
    host: str = "www.example.org"
    account: str = "-"
    credential: str = "-"
    fingerprint: str = "-"
    forwarded_for: str = "-"
    language: str = "-"
    encoding: str = "-"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def at(day, hour=0, minute=0, second=0):
    """Milliseconds since 1970, of a day of March 2026."""
    return 1000 * calendar.timegm((2026, 3, day, hour, minute, second))


def _clock(ms, separator=":"):
    moment = time.gmtime(ms // 1000)
    return (f"{moment.tm_mday:02}/{_MONTHS[moment.tm_mon - 1]}/{moment.tm_year}{separator}"
            f"{moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02}")


def common(request):
    return (f'{request.client} - - [{_clock(request.ms)} +0000] "{request.method} {request.target} {request.protocol}" '
            f"{request.status} {request.size}")


def combined(request):
    return f'{common(request)} "{request.referer}" "{request.agent}"'


def vhost_combined(request):
    return f"{request.host}:443 {combined(request)}"


def nginx(request):
    """The pattern in accounts.toml."""
    return f'{combined(request)} "{request.account}" "{request.credential}" "{request.fingerprint}"'


def json_lines(request):
    """The names of nginx's preset."""
    return json.dumps({
        "time": f"{request.ms // 1000}.{request.ms % 1000:03}", "remote_addr": request.client, "method": request.method,
        "uri": request.target, "protocol": request.protocol, "status": request.status, "body_bytes_sent": request.size,
        "http_referer": request.referer, "http_user_agent": request.agent, "host": request.host,
        "http_accept_language": request.language, "http_accept_encoding": request.encoding,
        "http_x_forwarded_for": request.forwarded_for,
    })


def haproxy(request):
    """option httplog, with the headers in haproxy.toml."""
    return (f"{request.client}:50000 [{_clock(request.ms)}.{request.ms % 1000:03}] web~ people/one 1/0/1/5/7 {request.status} "
            f"{request.size} - - ---- 3/3/0/0/0 0/0 {{{request.host}|{request.agent}}} "
            f'"{request.method} {request.target} {request.protocol}"')


FORMATS = {"common": common, "combined": combined, "vhost_combined": vhost_combined, "nginx": nginx, "json": json_lines,
           "haproxy": haproxy}
