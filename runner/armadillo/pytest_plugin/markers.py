"""The markers that tests may carry, and what they mean for a case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..model.deployment import Deployment
from ..model.distribution import ServerFacts
from ..model.requirement import missing_requirement

MARKERS = (
    "arango_single: the case needs a single server; it is skipped on a cluster",
    "arango_cluster: the case needs a cluster; it is skipped on a single server",
    "slow: the case takes long; leave it out with --test_arg=-m --test_arg='not slow'",
    "crash_test: the case kills or crashes servers",
    "rta_suite(name): the suite of ArangoDB's release test automation that the case belongs to",
    "requires(feature, ...): the case is skipped on a server without the feature: failure_points, enterprise, v8, "
    "maintainer_build, sanitizer, real_arangodb, version>=X.Y",
    "collection_options(**options): ArangoDB's options for the `collection` fixture, such as numberOfShards=3",
)

KIND_ATTRIBUTE = {"arango_single": 'mode = "single_server"', "arango_cluster": 'mode = "cluster"'}


def register(config: pytest.Config) -> None:
    """Makes the markers known, so that `--strict-markers` catches misspelled ones."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)


def reason_against_kind(item: pytest.Item, deployment: Deployment, target: str) -> str:
    """Why the case does not fit the kind of deployment, "" when it does."""
    marker = "arango_single" if deployment.is_cluster else "arango_cluster"
    if item.get_closest_marker(marker) is None:
        return ""
    kind = "a cluster" if deployment.is_cluster else "a single server"
    return f"marked {marker}, but {target} deploys {kind}"


def reason_against_server(item: pytest.Item, facts: ServerFacts) -> str:
    """What the server lacks that the case requires, "" when it has all; raises `SpecError` for an unknown word."""
    return missing_requirement(facts, tuple(_words(item, "requires")))


def properties_of(item: pytest.Item) -> list[tuple[str, str]]:
    """What markers add to the case in `test.xml`."""
    suites = list(_words(item, "rta_suite"))
    flags = [name for name in ("slow", "crash_test") if item.get_closest_marker(name)]
    return [*(("rta_suite", suite) for suite in suites), *((flag, "true") for flag in flags)]


def _words(item: pytest.Item, marker: str) -> Iterator[str]:
    for mark in item.iter_markers(marker):
        yield from (str(word) for word in mark.args)
