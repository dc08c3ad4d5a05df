# SPDX-License-Identifier: Apache-2.0
"""Scrapy that follows every link: a polite scraper in a browser's name, or a search engine's crawler.

Obeys robots.txt and lets AutoThrottle set the pace, above `delay`. Debian's `scrapy runspider` runs link_spider.py in the visitors'
namespace; Spider starts and ends that process.
"""

import os

_SPIDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "link_spider.py")


class Spider:
    def __init__(self, namespace, address, server, folder, agent, pages=0, delay=0.0):
        """`pages`: after so many it leaves by itself; 0: never. `delay`: seconds between requests, at least."""
        self.address = self.network = address
        with open(os.path.join(folder, f"spider-{address}.log"), "wb") as log:
            self._process = namespace.popen(
                "/usr/bin/scrapy", "runspider", _SPIDER, "--loglevel=ERROR", "-a", f"server={server}",
                "-a", f"address={address}", "-s", f"USER_AGENT={agent}", "-s", f"CLOSESPIDER_PAGECOUNT={pages}",
                "-s", f"DOWNLOAD_DELAY={delay}", "-s", f"AUTOTHROTTLE_START_DELAY={delay}", stdout=log, stderr=log, cwd=folder)

    def wait(self, seconds):
        self._process.wait(seconds)

    def running(self):
        return self._process.poll() is None

    def leave(self):
        self._process.kill()
        self._process.wait()
