# SPDX-License-Identifier: Apache-2.0
"""Scrapy, walking /people/1, /people/2, ... from one address, as fast as Scrapy's defaults let it.

Debian's `scrapy runspider` runs people_spider.py in the visitors' namespace; Walker starts and ends that process.
"""

import os

_SPIDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "people_spider.py")


class Walker:
    name = "Scrapy, walking /people/1, 2, 3, ..."

    def __init__(self, namespace, address, server, folder):
        self.address = address
        self.network = address
        with open(os.path.join(folder, "scrapy.log"), "wb") as log:
            self._process = namespace.popen(
                "/usr/bin/scrapy", "runspider", _SPIDER, "--nolog",
                "-a", f"server={server}", "-a", f"address={address}", stdout=log, stderr=log, cwd=folder)

    def running(self):
        return self._process.poll() is None

    def leave(self):
        self._process.kill()
        self._process.wait()
