"""What `import armadillo` offers: exactly this, and lazily."""

from __future__ import annotations

import subprocess
import sys

import armadillo
import pytest

PUBLIC_NAMES = [
    "ArangoBadRequestError",
    "ArangoClient",
    "ArangoConflictError",
    "ArangoError",
    "ArangoForbiddenError",
    "ArangoNotFoundError",
    "ArangoPreconditionError",
    "ArangoUnauthorizedError",
    "ArangoUnavailableError",
    "ArmadilloError",
    "ClientToolError",
    "ClientToolMissingError",
    "ClientToolRun",
    "ClientTools",
    "Cluster",
    "Collection",
    "ConditionTimeoutError",
    "Consistency",
    "ConsistencyError",
    "ControlError",
    "CrashMissingError",
    "Credentials",
    "Database",
    "DumpStage",
    "FaultChoice",
    "FaultConflictError",
    "FaultError",
    "FaultNotProvedError",
    "FaultRequestError",
    "FaultUnavailableError",
    "Faults",
    "Load",
    "Nemeses",
    "Nemesis",
    "Role",
    "Server",
    "ServerDiedError",
    "ServerError",
    "ServerStartError",
    "ServerStopError",
    "Shard",
    "SingleServer",
    "UndecidedError",
    "Upgrade",
    "UpgradeStep",
    "wait_until",
]
"""A name is added here on purpose, and one that is taken away breaks users' tests."""


def test_the_public_names_are_these() -> None:
    """`__all__`, `dir` and this list are the same."""
    assert armadillo.__all__ == PUBLIC_NAMES
    assert dir(armadillo) == PUBLIC_NAMES


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_each_public_name_can_be_had_and_says_what_it_is_for(name: str) -> None:
    """It is defined in our package, under this name, with a docstring."""
    thing = getattr(armadillo, name)
    assert thing.__name__ == name
    assert thing.__module__.startswith("armadillo.")
    assert thing.__doc__


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    """A misspelling gives an AttributeError that lists the public names."""
    with pytest.raises(AttributeError, match=r"no public name 'Clustre'; it offers: .*Cluster"):
        _ = armadillo.Clustre


def test_importing_armadillo_imports_no_room() -> None:
    """A name costs its room's import only when it is used: start-up stays short."""
    code = "import sys, armadillo; print([name for name in sys.modules if name.startswith('armadillo.')])"
    env = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.check_output([sys.executable, "-c", code], env=env, text=True).strip() == "[]"


def test_the_runner_spawns_before_it_imports_anything_heavy() -> None:
    """asyncio, protobuf, gRPC, aiohttp and pytest are not imported by the first half of a run."""
    heavy = ("asyncio", "google.protobuf", "grpc", "aiohttp", "pytest", "junitparser", "http.client")
    code = f"import sys, armadillo.session; print([name for name in {heavy!r} if name in sys.modules])"
    env = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.check_output([sys.executable, "-S", "-c", code], env=env, text=True).strip() == "[]"
