"""What Bazel's build event file says of the tests of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TestFact:
    """How one attempt of a test came by its result."""

    __test__ = False

    status: str
    strategy: str
    """Where it was executed: linux-sandbox, remote, ..., or "remote cache hit"."""
    cached_remotely: bool
    cached_locally: bool


def facts_of(path: Path) -> dict[str, TestFact]:
    """The last attempt of each test, by label. The file must be whole."""
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert events[-1].get("lastMessage"), "the build event file is cut short"
    facts = {}
    for event in events:
        if "testResult" in event["id"] and "testResult" in event:
            result = event["testResult"]
            info = result.get("executionInfo", {})
            facts[event["id"]["testResult"]["label"].removeprefix("@@").removeprefix("@")] = TestFact(
                status=result.get("status", ""),
                strategy=info.get("strategy", ""),
                cached_remotely=bool(info.get("cachedRemotely", False)),
                cached_locally=bool(result.get("cachedLocally", False)),
            )
    return facts
