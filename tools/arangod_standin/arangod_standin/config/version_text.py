"""What ``arangod --version`` prints: ``key: value`` lines, the same keys as ``/_api/version?details=true``."""

from __future__ import annotations

import json
import os
import sys

from .. import ARANGODB_VERSION, STANDIN_NAME, STANDIN_VERSION


def version_details(version: str = ARANGODB_VERSION, *, failure_points: bool = True) -> dict[str, str]:
    """Return arangod's version details; values are text, as in ArangoDB; ``standin`` names the program.

    `version` is the ArangoDB release that is followed.
    """
    import platform
    import sqlite3

    return {
        "architecture": "64bit",
        "arm": "true" if platform.machine() in ("aarch64", "arm64") else "false",
        "asan": "false",
        "assertions": "false",
        "build-id": "",
        "build-repository": STANDIN_NAME,
        "compiler": f"python {platform.python_version()}",
        "coverage": "false",
        "debug": "false",
        "endianness": sys.byteorder,
        "failure-tests": "true" if failure_points else "false",
        "full-version-string": f"{STANDIN_NAME} {STANDIN_VERSION} following ArangoDB {version}",
        "jemalloc": "false",
        "libunwind": "false",
        "license": "community",
        "maintainer-mode": "false",
        "memory-profiler": "false",
        "ndebug": "true",
        "platform": "linux",
        "server-version": version,
        "sizeof int": "4",
        "sizeof void*": "8",
        "sqlite-version": sqlite3.sqlite_version,
        "standin": f"{STANDIN_NAME} {STANDIN_VERSION}",
        "tsan": "false",
        "v8-version": "none",
    }


def version_text(version: str = ARANGODB_VERSION, *, failure_points: bool = True) -> str:
    """Return the whole text of ``--version``."""
    lines = [f"{STANDIN_NAME} {STANDIN_VERSION} following ArangoDB {version}", ""]
    details = version_details(version, failure_points=failure_points)
    lines += [f"{key}: {value}" for key, value in sorted(details.items())]
    return "\n".join(lines)


def version_json(version: str = ARANGODB_VERSION, *, failure_points: bool = True) -> str:
    """Return the whole text of ``--version-json``."""
    return json.dumps(version_details(version, failure_points=failure_points), indent=2, sort_keys=True)


def hostname() -> str:
    """Return the node name without importing socket."""
    return os.uname().nodename
