# SPDX-License-Identifier: Apache-2.0
"""Scrapy that follows every link: a polite scraper in a browser's name, or a search engine's crawler.

Obeys robots.txt and lets AutoThrottle set the pace, above `delay`. The spider below is run by Debian's `scrapy runspider` in
the visitors' namespace; Spider starts and ends that process.
"""

import os

try:
    import scrapy
except ImportError:  # Spider alone needs no Scrapy
    scrapy = None


class Spider:
    def __init__(self, namespace, address, server, folder, agent, pages=0, delay=0.0):
        """`pages`: after so many it leaves by itself; 0: never. `delay`: seconds between requests, at least."""
        self.address = self.network = address
        with open(os.path.join(folder, f"spider-{address}.log"), "wb") as log:
            self._process = namespace.popen(
                "/usr/bin/scrapy", "runspider", os.path.abspath(__file__), "--loglevel=ERROR", "-a", f"server={server}",
                "-a", f"address={address}", "-s", f"USER_AGENT={agent}", "-s", f"CLOSESPIDER_PAGECOUNT={pages}",
                "-s", f"DOWNLOAD_DELAY={delay}", "-s", f"AUTOTHROTTLE_START_DELAY={delay}", stdout=log, stderr=log, cwd=folder)

    def wait(self, seconds):
        self._process.wait(seconds)

    def running(self):
        return self._process.poll() is None

    def leave(self):
        self._process.kill()
        self._process.wait()


if scrapy:

    class Bound:
        """Every request leaves from the spider's address, that for robots.txt too."""

        def process_request(self, request, spider):
            request.meta["bindaddress"] = (spider.address, 0)

    class LinkSpider(scrapy.Spider):
        name = "links"
        custom_settings = {
            "ROBOTSTXT_OBEY": True,
            "AUTOTHROTTLE_ENABLED": True,
            "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
            "TELNETCONSOLE_ENABLED": False,
            "DOWNLOAD_TIMEOUT": 3,
            "DOWNLOADER_MIDDLEWARES": {Bound: 50},
        }

        def start_requests(self):
            yield scrapy.Request(f"http://{self.server}/")

        def parse(self, response):
            if b"html" in response.headers.get("Content-Type", b""):
                yield from response.follow_all(css="a")
