"""`TestSpec`: all that one target's runner needs to know, read from the JSON file that the rules wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import SpecError
from .deployment import Deployment, deployment_from_json
from .distribution import ServerDistribution, ServerFacts, distribution_from_json, facts_from_json
from .policy import Policy, policy_from_json


@dataclass(frozen=True)
class TestSpec:
    """One target: its deployment, its server and its test files; paths are runfiles paths."""

    __test__ = False  # not a test class, whatever pytest makes of its name

    target: str
    deployment: Deployment
    server: ServerDistribution
    srcs: tuple[str, ...]
    imports: tuple[str, ...] = ()
    pytest_args: tuple[str, ...] = ()
    test_env: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    timings: str = ""
    """The file by which cases are shared out among shards; "" for none."""
    program: str = ""
    """The executable that is the test, in place of pytest."""
    upgrade_to: ServerDistribution | None = None
    """What the deployment may be upgraded to while the tests run."""
    upgrade_by_dump: bool = False
    """The data are brought over by a dump, so that the versions may be any."""
    dataset: str = ""
    """The archive of data directories that the servers start from; "" for empty ones."""


def read_spec(path: str) -> TestSpec:
    """Reads a TestSpec JSON file; raises `SpecError` naming the file and what is wrong with it."""
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        return TestSpec(
            target=data["target"],
            deployment=deployment_from_json(data.get("deployment", {})),
            server=distribution_from_json(data.get("server", {})),
            srcs=tuple(data.get("srcs", ())),
            imports=tuple(data.get("imports", ())),
            pytest_args=tuple(data.get("pytest_args", ())),
            test_env=dict(data.get("test_env", {})),
            policy=policy_from_json(data.get("policy", {})),
            timings=data.get("timings", ""),
            program=data.get("program", ""),
            upgrade_to=distribution_from_json(data["upgrade_to"]) if data.get("upgrade_to") else None,
            upgrade_by_dump=bool(data.get("upgrade_by_dump", False)),
            dataset=data.get("dataset", ""),
        )
    except OSError as error:
        raise SpecError(f"cannot read the test specification {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SpecError(
            f"expected a TestSpec as JSON in {path}, found something else ({error!r}); "
            "build the target again, the file is an output of its rule"
        ) from error


def read_facts(path: str) -> ServerFacts:
    """Reads what the build action wrote about the server's binary; raises `SpecError` if it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return facts_from_json(json.load(file))
    except (OSError, ValueError, TypeError) as error:
        raise SpecError(f"cannot read the server's facts in {path}: {error}") from error
