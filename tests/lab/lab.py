# SPDX-License-Identifier: Apache-2.0
"""The whole lab: network, site, web server, filter; made in one call and taken away in one, whatever happened between."""

import contextlib
import os
import shutil
import tempfile

from lab.filter import Filter
from lab.network import PREFIX, Network
from lab.nginx import Nginx
from lab.site import write_site


class Lab(contextlib.ExitStack):
    """A context manager. The filter is configured and not started. `tls`: the web server speaks HTTPS too; `web`: what else it
    is told (nginx.py)."""

    def __init__(self, people=5000, settings=None, tls=False, **web):
        super().__init__()
        with contextlib.ExitStack() as made:
            self.network = Network()
            made.callback(self.network.remove)
            self.folder = tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-", dir="/tmp")
            made.callback(shutil.rmtree, self.folder, ignore_errors=True)
            os.chmod(self.folder, 0o755)  # nginx's workers read the site as www-data
            site = os.path.join(self.folder, "site")
            write_site(site, people)
            self.nginx = Nginx(self.network.server, os.path.join(self.folder, "nginx"), site, tls, **web)
            made.callback(self.nginx.stop)
            self.filter = Filter(self.network, self.folder, self.nginx.access_log, settings)
            made.callback(self.filter.close)
            self.push(made.pop_all())
