"""The environment of arangod processes."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..model.deployment import Deployment
from ..model.role import Role
from .installation import Installation

_MEMORY_SHARE = {Role.SINGLE: 1.0, Role.AGENT: 0.08, Role.DBSERVER: 0.69, Role.COORDINATOR: 0.23}
"""How ArangoDB's own frameworks split a memory budget between the roles of a cluster."""

_PASSED_ON = ("PATH", "TZ", "USER", "TMPDIR", "LD_LIBRARY_PATH")
"""What of the runner's environment servers and client tools see."""


def server_environment(
    deployment: Deployment, role: Role, installation: Installation, inherited: Mapping[str, str], home: str
) -> dict[str, str]:
    """What one server sees: little of the runner's own environment, and the user's `env` last.

    GTEST_* and TEST_* variables of Bazel are kept from servers: a C++ helper must not think that it is sharded.
    """
    env = common_environment(installation, inherited, home)
    env["GLIBCXX_FORCE_NEW"] = "1"
    if deployment.memory_bytes:
        share = _MEMORY_SHARE[role] / max(deployment.counts.get(role, 1), 1)
        env["ARANGODB_OVERRIDE_DETECTED_TOTAL_MEMORY"] = str(int(deployment.memory_bytes * share))
    env.update(deployment.env)
    return env


def common_environment(installation: Installation, inherited: Mapping[str, str], home: str) -> dict[str, str]:
    """What servers and client tools have in common.

    The "." that Bazel puts first on PATH is kept from them: a server's own folder is no place for programs.
    """
    env = {name: inherited[name] for name in _PASSED_ON if name in inherited}
    if "PATH" in env:
        env["PATH"] = os.pathsep.join(part for part in env["PATH"].split(os.pathsep) if os.path.isabs(part))
    env.update({"HOME": home, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"})
    directory = installation.resource_directory
    if directory:
        # All three, so that the ICU and time zone data are found wherever the version looks (LanguageFeature.cpp).
        env.update({"ICU_DATA": directory, "ICU_DATA_LEGACY": directory, "TZ_DATA": f"{directory}/tzdata"})
    return env
