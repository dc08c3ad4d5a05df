# SPDX-License-Identifier: Apache-2.0
"""Blocked in name only: whom the filter drops and the web server answers all the same is found, and the way is named."""

import http.client

import case
from lab.lab import Lab
from lab.network import SERVER_V4
from lab.wait import wait_until

AT_PORT = "198.51.100.70"     # served at a port that is not filtered
IN_HEADER = "198.51.100.71"   # comes through a proxy that only the web server knows
DROPPED = "198.51.100.72"     # has no other way
PROXY = "198.51.100.99"

_WEB = """  access_log {folder}/access.log combined;
  set_real_ip_from 198.51.100.99;
  real_ip_header X-Forwarded-For;
  server {{ listen 8080; location / {{ return 200 "a page"; }} }}
"""


class StillServed(case.LabCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(10, {"mode": "enforce"}, logs=_WEB)
        cls.addClassCleanup(cls.lab.close)
        cls.network, cls.nginx, cls.filter = cls.lab.network, cls.lab.nginx, cls.lab.filter
        cls.filter.start()

    def connection(self, address, port):
        """One that is kept, as most clients do."""
        with self.network.visitors.entered():
            made = http.client.HTTPConnection(SERVER_V4, port, timeout=5, source_address=(address, 0))
            made.connect()
        self.addCleanup(made.close)
        return made

    def test_the_way_is_named_within_a_minute_and_doctor_is_critical(self):
        self.assertEqual(self.filter.ctl("block", AT_PORT, IN_HEADER, DROPPED, "--for", "1h").status, 0)
        self.assertDropped(AT_PORT)
        at_port, through_proxy = self.connection(AT_PORT, 8080), self.connection(PROXY, 80)

        def served_again():
            for made, headers in ((at_port, {}), (through_proxy, {"X-Forwarded-For": IN_HEADER})):
                made.request("GET", "/people/1", headers=headers)
                answer = made.getresponse()
                answer.read()
                self.assertEqual(answer.status, 200)

        def found():
            served_again()
            said = self.filter.ctl("doctor").out
            return said if "port 8080" in said and IN_HEADER in said else None

        said = wait_until("doctor to know", found, 60, interval=1.0)
        print(said)
        self.assertIn(f"{AT_PORT} is blocked, and", said)
        self.assertIn("it is served at port 8080, which is not filtered", said)
        self.assertIn("the web server takes its address from a header", said)
        self.assertNotIn(DROPPED, said)
        self.assertNotEqual(self.filter.ctl("doctor").status, 0)
        explained = self.filter.ctl("explain", AT_PORT).out
        print(explained)
        self.assertIn("blocked in name only", explained)
        self.assertIn("port 8080", explained)
        self.assertIn("its packets are dropped", self.filter.ctl("explain", DROPPED).out)
        listed = self.filter.ctl("decisions").out
        self.assertEqual(listed.count("STILL SERVED"), 2, listed)


if __name__ == "__main__":
    case.main()
