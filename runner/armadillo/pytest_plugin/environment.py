"""What Bazel and IDEs put into the environment for a test runner, taken out once the plug-in has read it."""

from __future__ import annotations

import shlex
from collections.abc import MutableMapping

_FOR_TEST_RUNNERS = (
    "TESTBRIDGE_TEST_ONLY",
    "TESTBRIDGE_TEST_RUNNER_FAIL_FAST",
    "TEST_SHARD_INDEX",
    "TEST_TOTAL_SHARDS",
    "GTEST_SHARD_INDEX",
    "GTEST_TOTAL_SHARDS",
    "GTEST_SHARD_STATUS_FILE",
)
"""googletest and others obey these; a program that a test starts would filter and share out its own cases by them."""

_XDIST = ("-n", "--numprocesses", "--maxprocesses", "--dist", "--tx")


def hide_selection(environ: MutableMapping[str, str]) -> None:
    """Takes filter, shard and fail-fast out: they are this process's business and not its children's."""
    for name in _FOR_TEST_RUNNERS:
        environ.pop(name, None)


def take_addopts(environ: MutableMapping[str, str]) -> list[str]:
    """The words of PYTEST_ADDOPTS, taken out, so that names among them are understood as any others.

    Options of pytest-xdist are left out: all cases of a target share one deployment. What is no list of words (a quote
    that never closes) stays: pytest says what is wrong with it.
    """
    try:
        words = shlex.split(environ.get("PYTEST_ADDOPTS", ""))
    except ValueError:
        return []
    environ.pop("PYTEST_ADDOPTS", None)
    kept: list[str] = []
    skip_next = False
    for word in words:
        if skip_next:
            skip_next = False
        elif word in _XDIST:
            skip_next = True
        elif not _is_for_xdist(word):
            kept.append(word)
    return kept


def _is_for_xdist(word: str) -> bool:
    is_short = word.startswith("-n") and (word[2:].isdigit() or word[2:] in ("auto", "logical"))
    return is_short or word.startswith(tuple(f"{option}=" for option in _XDIST))
