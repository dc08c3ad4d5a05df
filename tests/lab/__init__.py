# SPDX-License-Identifier: Apache-2.0
"""A real web server and real visitors in network namespaces. See README.md."""
