# SPDX-License-Identifier: Apache-2.0
"""Scrapy, walking /people/1, /people/2, ... from one address, as fast as Scrapy's defaults let it.

The spider below is run by Debian's `scrapy runspider` in the visitors' namespace; Walker starts and ends that process.
"""

import os
import sys

try:
    import scrapy
except ImportError:  # Walker alone needs no Scrapy
    scrapy = None


class Walker:
    name = "Scrapy, walking /people/1, 2, 3, ..."

    def __init__(self, namespace, address, server, folder):
        self.address = address
        self.network = address
        with open(os.path.join(folder, "scrapy.log"), "wb") as log:
            self._process = namespace.popen(
                "/usr/bin/scrapy", "runspider", os.path.abspath(__file__), "--nolog",
                "-a", f"server={server}", "-a", f"address={address}", stdout=log, stderr=log, cwd=folder)

    def running(self):
        return self._process.poll() is None

    def leave(self):
        self._process.kill()
        self._process.wait()


if scrapy:

    class PeopleSpider(scrapy.Spider):
        name = "people"
        custom_settings = {
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            # What it meets when it is dropped: it tries again, and again.
            "DOWNLOAD_TIMEOUT": 3,
            "RETRY_TIMES": 1000,
        }

        def start_requests(self):
            host = f"[{self.server}]" if ":" in self.server else self.server
            for number in range(1, sys.maxsize):
                yield scrapy.Request(f"http://{host}/people/{number}", meta={"bindaddress": (self.address, 0)})

        def parse(self, response):
            yield {"name": response.css("h1::text").get(), "telephone": response.css("dd::text")[-1].get()}
