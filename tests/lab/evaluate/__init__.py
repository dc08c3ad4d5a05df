# SPDX-License-Identifier: Apache-2.0
"""`scripts/evaluate`: who of real visitors is caught, after how much, and whether a person is touched."""
