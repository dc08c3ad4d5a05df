# SPDX-License-Identifier: Apache-2.0
"""What `scrapy runspider` runs for spider.py: every link of every page."""

import scrapy


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
