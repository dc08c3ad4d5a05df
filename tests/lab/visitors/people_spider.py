# SPDX-License-Identifier: Apache-2.0
"""What `scrapy runspider` runs for walker.py: /people/1, /people/2, ..., and of each the name and the telephone number."""

import sys

import scrapy


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
