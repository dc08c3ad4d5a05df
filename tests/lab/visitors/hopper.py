# SPDX-License-Identifier: Apache-2.0
"""A curl loop from an IPv6 /64 that takes another address of the /64 for each request, and asks out of order.

Whoever counts by address sees hundreds of visitors with one page each.
"""

import ipaddress

# $1: the /64's first half with a colon at its end; $2: the server.
_LOOP = r"""
numbers=$(seq 1 100000 | while read -r n; do echo "$((n / 20)) $(( (n * 7) % 20 )) $n"; done | sort -n -k1,1 -k2,2 | cut -d' ' -f3)
for n in $numbers; do
  printf -v address '%s%x:%x:%x:%x' "$1" $((RANDOM + 1)) $RANDOM $RANDOM $RANDOM
  curl --silent --output /dev/null --max-time 2 --interface "$address" "http://[$2]/people/$n"
done
"""


class Hopper:
    name = "curl, another address of its /64 each time"

    def __init__(self, namespace, network, server, _folder):
        self.network = network
        self.address = network
        half = ipaddress.ip_network(network).network_address.exploded[:20]
        self._process = namespace.popen("bash", "-c", _LOOP, "hopper", half, server)

    def running(self):
        return self._process.poll() is None

    def leave(self):
        self._process.kill()
        self._process.wait()
