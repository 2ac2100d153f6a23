"""The fixture `nemesis`, and the option that repeats a stored plan."""

from __future__ import annotations

import pytest

from ..handles.cluster import Cluster
from ..handles.single_server import SingleServer
from ..scenario.nemeses import Nemeses
from .deployment_holder import HOLDER
from .fixtures import database_name

REPLAY_OPTION = "--replay-plan"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--test_arg=--replay-plan=FILE` does a stored plan again."""
    parser.getgroup("armadillo").addoption(
        REPLAY_OPTION,
        metavar="FILE",
        default="",
        help="do the nemesis' plan of this file (nemesis/*.json of a run's outputs) instead of a new one",
    )


@pytest.fixture
def nemesis(arango: Cluster | SingleServer, request: pytest.FixtureRequest) -> Nemeses:
    """Faults that come and go by a plan: `async with nemesis.running(30): ...`."""
    holder = request.config.stash[HOLDER]

    return Nemeses(
        arango,
        name=database_name(request.node.nodeid, holder.description.seed),
        directory=arango.outputs_directory,
        seed=holder.description.seed,
        replayed_from=request.config.getoption(REPLAY_OPTION),
        say=holder.note,
    )
