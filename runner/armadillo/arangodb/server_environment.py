"""The environment of arangod processes."""

from __future__ import annotations

from collections.abc import Mapping

from ..model.deployment import Deployment
from ..model.role import Role
from .installation import Installation

_MEMORY_SHARE = {Role.SINGLE: 1.0, Role.AGENT: 0.08, Role.DBSERVER: 0.69, Role.COORDINATOR: 0.23}
"""How ArangoDB's own frameworks split a memory budget between the roles of a cluster."""

PASSED_ON = ("PATH", "TZ", "USER", "TMPDIR", "LD_LIBRARY_PATH")
"""What of the runner's environment servers and client tools see."""


def server_environment(
    deployment: Deployment, role: Role, installation: Installation, inherited: Mapping[str, str], home: str
) -> dict[str, str]:
    """What one server sees: little of the runner's own environment, and the user's `env` last.

    GTEST_* and TEST_* variables of Bazel are kept from servers: a C++ helper must not think that it is sharded.
    """
    env = {name: inherited[name] for name in PASSED_ON if name in inherited}
    env.update({"HOME": home, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "GLIBCXX_FORCE_NEW": "1"})
    env.update(resource_environment(installation))
    if deployment.memory_bytes:
        share = _MEMORY_SHARE[role] / max(deployment.counts.get(role, 1), 1)
        env["ARANGODB_OVERRIDE_DETECTED_TOTAL_MEMORY"] = str(int(deployment.memory_bytes * share))
    env.update(deployment.env)
    return env


def resource_environment(installation: Installation) -> dict[str, str]:
    """Where ICU and time zone data are; all three, so that they are found wherever the version looks.

    Source: LanguageFeature.cpp.
    """
    directory = installation.resource_directory
    if not directory:
        return {}
    return {"ICU_DATA": directory, "ICU_DATA_LEGACY": directory, "TZ_DATA": f"{directory}/tzdata"}
