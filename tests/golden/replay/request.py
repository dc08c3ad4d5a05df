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


def _rfc3339(request):
    moment = time.gmtime(request.ms // 1000)
    return (f"{moment.tm_year}-{moment.tm_mon:02}-{moment.tm_mday:02}T{moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02}"
            f".{request.ms % 1000:03}Z")


def caddy(request):
    headers = {"User-Agent": [request.agent], "Referer": [request.referer]}
    return json.dumps({"level": "info", "ts": request.ms / 1000, "size": request.size, "status": request.status, "duration": 0.02,
                       "request": {"remote_ip": request.client, "client_ip": request.client, "proto": request.protocol, "method": request.method,
                                   "host": request.host, "uri": request.target, "headers": headers}})


def traefik(request):
    return json.dumps({"StartUTC": _rfc3339(request), "ClientAddr": f"{request.client}:50000", "ClientHost": request.client,
                       "RequestMethod": request.method, "RequestPath": request.target, "RequestProtocol": request.protocol,
                       "RequestHost": request.host, "DownstreamStatus": request.status, "DownstreamContentSize": request.size,
                       "Duration": 20_000_000, "request_User-Agent": request.agent, "request_Referer": request.referer})


def envoy(request):
    return json.dumps({"start_time": _rfc3339(request), "downstream_remote_address": f"{request.client}:50000", "method": request.method,
                       "downstream_direct_remote_address": f"{request.client}:50000", "path": request.target, "protocol": request.protocol,
                       "response_code": request.status, "bytes_sent": request.size, "referer": request.referer,
                       "user_agent": request.agent, "authority": request.host, "duration": 20})


def apache(request):
    """The pattern in apache.toml."""
    moment = time.gmtime(request.ms // 1000)
    stamp = (f"{moment.tm_year}-{moment.tm_mon:02}-{moment.tm_mday:02} {moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02} +0000")
    return (f'{request.client} [{stamp}] "{request.method} {request.target} {request.protocol}" {request.status} {request.size} '
            f'"{request.agent}"')


def json_forwarded(request):
    """As json_lines, with the visitor in Forwarded (RFC 7239)."""
    hops = [f'"[{hop}]"' if ":" in hop else hop for hop in request.forwarded_for.split(", ")]
    fields = json.loads(json_lines(request))
    del fields["http_x_forwarded_for"]
    fields["http_forwarded"] = "-" if hops == ["-"] else ", ".join(f"for={hop};proto=https" for hop in hops)
    return json.dumps(fields)


def haproxy(request):
    """option httplog, with the headers in haproxy.toml."""
    return (f"{request.client}:50000 [{_clock(request.ms)}.{request.ms % 1000:03}] web~ people/one 1/0/1/5/7 {request.status} "
            f"{request.size} - - ---- 3/3/0/0/0 0/0 {{{request.host}|{request.agent}}} "
            f'"{request.method} {request.target} {request.protocol}"')


FORMATS = {"common": common, "combined": combined, "vhost_combined": vhost_combined, "nginx": nginx, "json": json_lines, "caddy": caddy,
           "traefik": traefik, "envoy": envoy, "apache": apache, "forwarded": json_forwarded, "haproxy": haproxy}
