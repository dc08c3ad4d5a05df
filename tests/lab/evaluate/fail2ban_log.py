# SPDX-License-Identifier: Apache-2.0
"""fail2ban over a log of the past: its own configuration readers, filter and failure counting, on the log's time.

Its server ignores what is older than `findtime` by the clock, so that no log of yesterday could be put to it. Run as a program
of its own by peers.py with the configuration folder and the log; prints one JSON line for each ban.
"""

import calendar
import json
import sys
import time

JAIL = "sluice-pages"


def jail_of(folder):
    from fail2ban.client.jailsreader import JailsReader
    from fail2ban.server.server import Server

    readers = JailsReader(basedir=folder)
    if not readers.read() or not readers.getOptions():
        raise RuntimeError(f"fail2ban does not like its configuration in {folder}")
    server = Server()
    for command in readers.convert():
        if command[0] != "start":
            status, answer = server._Server__transm.proceed(command)
            if status != 0:
                raise RuntimeError(f"fail2ban refused {command}: {answer}")
    return server._Server__jails[JAIL]


def main(folder, path):
    from fail2ban.server.mytime import MyTime

    jail = jail_of(folder)
    banned, at, seen = set(), 0, ""
    with open(path, encoding="utf-8") as log:
        for line in log:
            begin = line.index("[") + 1
            if line[begin:begin + 20] != seen:
                seen = line[begin:begin + 20]
                at = calendar.timegm(time.strptime(seen, "%d/%b/%Y:%H:%M:%S"))
                MyTime.setTime(at)
            jail.filter.processLineAndAdd(line)
            while True:
                ticket = jail.getFailTicket()
                if not ticket:
                    break
                address = str(ticket.getID())
                if address not in banned:
                    banned.add(address)
                    print(json.dumps({"address": address, "at": at}))


if __name__ == "__main__":
    main(*sys.argv[1:])
