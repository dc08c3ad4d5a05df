# SPDX-License-Identifier: Apache-2.0
"""Who comes to the site: people, and three kinds of scraper. Each is real software that makes real requests."""
