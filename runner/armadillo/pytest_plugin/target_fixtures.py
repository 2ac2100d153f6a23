"""Fixtures whose content the target's rule gives: `parameters` of a matrix, `upgrade`, `client_tools` of a server."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from ..handles.cluster import Cluster
from ..handles.single_server import SingleServer
from ..handles.upgrade import Upgrade
from ..model.distribution import ServerDistribution, ServerFacts
from ..model.spec import read_facts
from ..scenario.client_tools import ClientTools
from .deployment_holder import HOLDER, DeploymentHolder

PARAMETERS_VARIABLE = "ARMADILLO_PARAMETERS"
"""Set by the rule arangodb_test_matrix; every language can read it."""

_TELLING_S = 5.0
"""Of a case's time that client tools leave to it."""


class Parameters(dict[str, Any]):
    """Values by name, as the BUILD file says them; `get` with a default serves tests that run without a matrix, too."""

    def __missing__(self, name: str) -> Any:
        there = ", ".join(sorted(self)) or "none; the target is no combination of an arangodb_test_matrix"
        raise KeyError(f"there is no parameter {name!r}; there are: {there}")


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    """The parameters of this combination of an arangodb_test_matrix; empty in every other target."""
    return Parameters(json.loads(os.environ.get(PARAMETERS_VARIABLE, "{}")))


@pytest_asyncio.fixture(loop_scope="session")
async def upgrade(arango: Cluster | SingleServer, pytestconfig: pytest.Config) -> AsyncIterator[Upgrade]:
    """Brings the deployment to the target's `to_server`: `async for step in upgrade.rolling(): ...`."""
    holder = pytestconfig.stash[HOLDER]
    surroundings = holder.surroundings
    wanted = surroundings.spec.upgrade_to
    if wanted is None:
        pytest.fail(
            f"the fixture `upgrade` was asked for, but {surroundings.spec.target} has one server only: "
            f"use the rule arangodb_upgrade_test with from_server and to_server in {surroundings.build_file}",
            pytrace=False,
        )
    new = read_facts(os.path.join(surroundings.runfiles, wanted.facts))
    made = Upgrade(
        arango,
        old=holder.facts,
        new=new,
        seed=holder.description.seed,
        say=partial(holder.note, is_routine=True),
        old_tools=_tools(arango, holder, surroundings.spec.server, holder.facts),
        new_tools=_tools(arango, holder, wanted, new),
        dump_directory=os.path.join(surroundings.tmp_directory, "dump"),
    )
    yield made
    await made.close()


@pytest.fixture
def client_tools(arango: Cluster | SingleServer, pytestconfig: pytest.Config) -> ClientTools:
    """arangodump, arangorestore, arangoimport and the other client tools of the target's `server`."""
    holder = pytestconfig.stash[HOLDER]
    return _tools(arango, holder, holder.surroundings.spec.server, holder.facts)


def _tools(
    arango: Cluster | SingleServer, holder: DeploymentHolder, distribution: ServerDistribution, facts: ServerFacts
) -> ClientTools:
    """The tools of one case, which began just now; they end before its time is up, so that the case says why."""
    limit_s = arango.scaled(holder.surroundings.spec.policy.case_timeout_s)
    left_s = limit_s - min(_TELLING_S, limit_s / 5)
    say = partial(holder.note, is_routine=True)
    return ClientTools(arango, distribution, facts, os.environ, say=say, case_timeout_s=left_s)
