"""Limits of the operating system that servers inherit from the runner."""

from __future__ import annotations

import resource


def raise_soft_limits() -> None:
    """Raises the soft limits of core size and open files to the hard ones.

    Bazel gives tests a soft core limit of 0 with an unlimited hard one, and arangod exits with 28 when it may
    open fewer files than `--server.descriptors-minimum`.
    """
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (hard, hard))
