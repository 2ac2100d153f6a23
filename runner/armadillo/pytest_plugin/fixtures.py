"""The fixtures that a test asks for. Each gives a ready thing; who made it takes it away."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import pytest
import pytest_asyncio

from ..errors import ArangoNotFoundError
from ..handles.cluster import Cluster
from ..handles.collection import Collection
from ..handles.database import Database
from ..handles.faults import Faults
from ..handles.single_server import SingleServer
from ..handles.wait import wait_until
from .deployment_holder import HOLDER
from .surroundings import Surroundings

if TYPE_CHECKING:
    from ..scenario.consistency import Consistency

DROP_TIMEOUT_S = 60.0
_LONGEST_NAME = 48


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def arango(pytestconfig: pytest.Config) -> AsyncIterator[Cluster | SingleServer]:
    """Whatever the target deploys, ready."""
    holder = pytestconfig.stash[HOLDER]
    yield await holder.open()
    await holder.close()


@pytest.fixture(scope="session")
def arango_single_server(arango: Cluster | SingleServer, pytestconfig: pytest.Config) -> SingleServer:
    """The target's single server, ready."""
    if not isinstance(arango, SingleServer):
        _wrong_kind(pytestconfig.stash[HOLDER].surroundings, "arango_single_server", "a cluster")
    return arango


@pytest.fixture(scope="session")
def arango_cluster(arango: Cluster | SingleServer, pytestconfig: pytest.Config) -> Cluster:
    """The target's cluster, ready: every server GOOD."""
    if not isinstance(arango, Cluster):
        _wrong_kind(pytestconfig.stash[HOLDER].surroundings, "arango_cluster", "a single server")
    return arango


@pytest.fixture
def faults(arango: Cluster | SingleServer) -> Faults:
    """What a test can do to servers, network, disks and clocks; what a case leaves in force is healed, and told."""
    return arango.faults


@pytest_asyncio.fixture(loop_scope="session")
async def database(arango: Cluster | SingleServer, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A fresh database for this case alone; its name follows from the run's seed and the case."""
    seed = request.config.stash[HOLDER].description.seed
    made = await arango.create_database(database_name(request.node.nodeid, seed))
    yield made

    async def drop() -> bool:
        # The test may have dropped it, or an earlier try of ours did without hearing of it.
        with suppress(ArangoNotFoundError):
            await made.drop()
        return True

    await wait_until(f"database {made.name} dropped", drop, arango.scaled(DROP_TIMEOUT_S), interval_s=0.2)


@pytest_asyncio.fixture(loop_scope="session")
async def collection(arango: Cluster | SingleServer, database: Database, request: pytest.FixtureRequest) -> Collection:
    """A fresh collection in the fresh database, on a cluster with one shard, all copies in sync.

    Other options by the marker `collection_options(numberOfShards=3)` or by an indirect parameter.
    """
    options: dict[str, object] = {"numberOfShards": 1} if isinstance(arango, Cluster) else {}
    for mark in reversed(list(request.node.iter_markers("collection_options"))):
        options.update(mark.kwargs)
    options.update(getattr(request, "param", {}))
    made = await database.create_collection("documents", **options)
    if isinstance(arango, Cluster):
        await made.wait_until_in_sync()
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def consistency(
    arango: Cluster | SingleServer, database: Database, request: pytest.FixtureRequest
) -> AsyncIterator[Consistency]:
    """Background clients on the fresh database, their history, and the checks of it.

    A load that the case ran and never checked fails the case: it would prove nothing.
    """
    from ..scenario.consistency import Consistency

    failures_before = request.session.testsfailed
    directory = arango.outputs_directory
    seed = request.config.stash[HOLDER].description.seed
    made = Consistency(arango, database, name=database.name, directory=directory, seed=seed)
    yield made
    await made.close()
    if made.unchecked and request.session.testsfailed == failures_before:
        names = ", ".join(repr(load) for load in made.unchecked)
        pytest.fail(
            f"nobody looked at what the clients saw: await load.check() behind the block of {names}", pytrace=False
        )


def database_name(node_id: str, seed: int) -> str:
    """A legal name that people recognise and that no other case of the run has."""
    function = node_id.rpartition("::")[2]
    readable = re.sub(r"[^A-Za-z0-9]+", "_", function).strip("_")[:_LONGEST_NAME]
    digest = hashlib.blake2s(f"{seed}:{node_id}".encode(), digest_size=4).hexdigest()
    return f"{readable}_{digest}"


def _wrong_kind(surroundings: Surroundings, fixture: str, found: str) -> NoReturn:
    wanted = "single_server" if fixture == "arango_single_server" else "cluster"
    pytest.fail(
        f"the fixture `{fixture}` was asked for, but {surroundings.spec.target} deploys {found}: "
        f'set mode = "{wanted}" in {surroundings.build_file}, ask for `arango` if any deployment will do, '
        f"or mark the test with @pytest.mark.{fixture.removesuffix('_server')} to skip it here",
        pytrace=False,
    )
