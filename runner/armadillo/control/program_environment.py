"""What a test program in any language finds in its environment and beside it; docs/any_language.md is its manual."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Iterable, Mapping

from ..arangodb.server_plan import ServerPlan

DEPLOYMENT_VARIABLE = "ARMADILLO_DEPLOYMENT"
"""Path of the JSON form of `DescribeReply`; the file is there when the program begins."""

_OURS = ("PYTHONPATH", "XML_OUTPUT_FILE", "TEST_PREMATURE_EXIT_FILE", "RUNFILES_MANIFEST_FILE")
"""What is the runner's own: its import path, and files that it writes for Bazel itself."""

_STATUS_FILES = ("TEST_SHARD_STATUS_FILE", "GTEST_SHARD_STATUS_FILE")

COMMAND = "armadilloctl"
_COMMAND_MODULE = "armadillo.armadilloctl"
_COMMAND_SCRIPT = """\
#!/bin/sh
# Written by the runner: servers and faults of this run, from any language.
PYTHONPATH={import_path} PYTHONDONTWRITEBYTECODE=1 exec {interpreter} -s -S -P -m {module} "$@"
"""


def program_environment(
    environ: Mapping[str, str],
    *,
    plans: Iterable[ServerPlan],
    has_authentication: bool,
    xml_path: str,
    deployment_path: str,
    shard_status_path: str,
    runfiles_root: str,
) -> dict[str, str]:
    """Bazel's variables as they are but for the runner's own, and where the deployment is.

    Endpoints are those of the start: what is added to a cluster later is in `armadilloctl list`.
    """
    env = {name: value for name, value in environ.items() if name not in _OURS}
    env.update(deployment_environment(plans, has_authentication, deployment_path))
    env["XML_OUTPUT_FILE"] = xml_path
    env["RUNFILES_DIR"] = runfiles_root
    env.setdefault("TEST_SRCDIR", runfiles_root)
    if "TEST_TOTAL_SHARDS" in environ:
        env.update(dict.fromkeys(_STATUS_FILES, shard_status_path))
    return env


def deployment_environment(
    plans: Iterable[ServerPlan], has_authentication: bool, deployment_path: str
) -> dict[str, str]:
    """Where clients find the deployment, and by which login."""
    endpoints = [plan.advertised_http_endpoint for plan in plans if plan.role.is_front]
    env = {"ARANGO_ENDPOINTS": ",".join(endpoints), "ARANGO_ENDPOINT": endpoints[0]}
    if has_authentication:
        env["ARANGO_USERNAME"] = "root"
        env["ARANGO_PASSWORD"] = ""
    return {**env, DEPLOYMENT_VARIABLE: deployment_path}


def write_armadilloctl(directory: str) -> None:
    """Makes the directory with the command in it; the command is this interpreter with its import path."""
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, COMMAND)
    text = _COMMAND_SCRIPT.format(
        import_path=shlex.quote(os.pathsep.join(os.path.abspath(place) for place in sys.path if place)),
        interpreter=shlex.quote(sys.executable),
        module=_COMMAND_MODULE,
    )
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, stat.S_IRWXU)


def with_armadilloctl(environ: Mapping[str, str], directory: str) -> dict[str, str]:
    """The environment with the command first on PATH."""
    return {**environ, "PATH": os.pathsep.join([directory, environ.get("PATH") or "/usr/bin:/bin"])}
