#!/usr/bin/env python3
"""remote_cache.py [target...]: shows that a cache serves our suites to another checkout of another user.

Starts a cache, runs the targets here, and runs them again in a copy of this checkout at a longer path, with another
HOME, USER, PATH, TMPDIR, LANG, TZ and LD_LIBRARY_PATH. Exit code 0: nothing was executed there, and test.xml and the
undeclared outputs of every test are those of the first run. Without a target these are all suites that run on servers.

  --folder FOLDER    where cache, copy and Bazel's output are kept; a new one, removed at the end, unless given
  --options=WORDS    more options for `bazel test`, in one argument
  --engine NAME      http_cache (nginx), or execution_service: the store of a service for remote execution
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from account import HERE, SERVED, judged
from bazel_client import CHECKOUT, Client
from build_events import TestFact
from service import remove, service

SUITES = [
    f"//tests/{name}:all"
    for name in ("client_tools", "cluster", "dataset", "replication", "resilience", "smoke", "upgrade")
]
SCHEMES = {"http_cache": "http", "execution_service": "grpc"}
_NOT_COPIED = shutil.ignore_patterns(".git", "bazel-*", "__pycache__")


def somebody_else(folder: Path) -> dict[str, str]:
    """The environment of a user who has nothing in common with this one; the folders are made."""
    home, temporary = folder / "home", folder / "tmp"
    for place in (home, temporary):
        place.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "HOME": str(home),
        "USER": "somebody-else",
        "LOGNAME": "somebody-else",
        "TMPDIR": str(temporary),
        "LANG": "de_DE.UTF-8",
        "TZ": "Asia/Tokyo",
        "LD_LIBRARY_PATH": str(home),
        "PATH": f"{home}:{os.environ['PATH']}:{temporary}",
    }


def differences(here: Mapping[str, TestFact], there: Mapping[str, TestFact]) -> Iterator[str]:
    """What is not the same in the evidence of both runs, in words."""
    if set(here) != set(there):
        yield f"expected the same tests in both runs; only one has {', '.join(sorted(set(here) ^ set(there)))}"
    for label in sorted(set(here) & set(there)):
        one, other = here[label], there[label]
        if one.xml_bytes != other.xml_bytes:
            yield f"{label}: test.xml is not that of the first run"
        if one.undeclared_outputs != other.undeclared_outputs:
            yield f"{label}: the undeclared outputs are not those of the first run"


def problems_with(first: Client, second: Client, url: str, targets: Sequence[str]) -> Iterator[str]:
    """Runs everything; yields in words what is not as it must be."""
    options = [f"--remote_cache={url}", *first.packed_outputs()]
    here = first.test(targets, *options)
    yield from judged("executed here", here, HERE)
    there = second.test(targets, *options)
    yield from judged("another checkout of another user is served", there, SERVED)
    yield from differences(here, there)


def main() -> int:
    """Runs everything and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", default=SUITES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--options", default="")
    parser.add_argument("--engine", choices=SCHEMES, default="http_cache")
    arguments = parser.parse_args()
    folder = (arguments.folder or Path(tempfile.mkdtemp(prefix="armadillo-cache."))).resolve()
    copy = folder / "another-checkout-at-a-longer-path" / "armadillo"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(CHECKOUT, copy, symlinks=True, ignore=_NOT_COPIED)
    options = arguments.options.split()
    first = Client(folder / "first", options)
    second = Client(folder / "second", options, checkout=copy, environ=somebody_else(folder / "somebody-else"))
    for client in (first, second):
        client.folder.mkdir(exist_ok=True)
    # Each run has a store of its own: what an earlier one has left would serve the first run as well.
    store = Path(tempfile.mkdtemp(prefix="store.", dir=folder))
    with service(arguments.engine, store, SCHEMES[arguments.engine]) as url:
        try:
            problems = list(problems_with(first, second, url, arguments.targets))
        finally:
            first.run("shutdown")
            second.run("shutdown")
    remove(folder if not arguments.folder else store)
    print(*problems, f"remote_cache: {'FAILED' if problems else 'good'}", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
