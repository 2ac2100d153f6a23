"""`Consistency`: background clients for a test, and the checks that belong to them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from ..errors import ArmadilloError
from ..handles.cluster import Cluster
from ..handles.database import Database
from ..handles.server import Server
from ..handles.single_server import SingleServer
from ..workload.background import LOADS
from ..workload.checkers.levels import Level
from ..workload.history import HistoryRecorder
from ..workload.loads.list_append import ListAppend
from .load import Load
from .replicas import AS_PLANNED_TIMEOUT_S, EQUAL_TIMEOUT_S, wait_until_as_planned, wait_until_equal

REQUEST_TIMEOUT_S = 10.0
FOLDER = "history"
"""Where histories lie in the outputs."""


class Consistency:
    """Loads on one database, each on a collection of its own; `name` begins the names of their files."""

    def __init__(
        self, deployment: Cluster | SingleServer, database: Database, *, name: str, directory: str, seed: int
    ) -> None:
        self._deployment = deployment
        self._database = database
        self._name = name
        self._directory = os.path.join(directory, FOLDER)
        self._seed = seed
        self._loads: list[Load] = []
        self._made_so_far = 0

    @asynccontextmanager
    async def running(
        self,
        workload: str = "list_append",
        *,
        clients: int = 8,
        keys: int = 4,
        through: Sequence[Server] | None = None,
        rate_per_s: float = 0.0,
        request_timeout_s: float = REQUEST_TIMEOUT_S,
        seed: int | None = None,
        level: str | None = None,
        realtime: bool | None = None,
        **collection_options: Any,
    ) -> AsyncIterator[Load]:
        """Background clients are at work inside the block; behind it, `await load.check()`.

        `workload` is "list_append", "list_transactions", "register", "set", "counter" or "life_cycle"; `keys` is how
        many documents are fought for ("life_cycle": how many a client has). The clients go `through` these servers
        (default: all coordinators, or the single server), together at most `rate_per_s` operations a second (0: as
        fast as they are answered), each request at most `request_timeout_s`. `level` ("read_committed",
        "snapshot_isolation", "serializable") and `realtime` weaken what list-append must keep; the default is what
        ArangoDB promises for it. All random choices follow from `seed` (default: the run's). Further options are
        those of the new collection: numberOfShards (1), replicationFactor, writeConcern, ...
        """
        if workload not in LOADS:
            raise ArmadilloError(f"expected a workload of {', '.join(sorted(LOADS))}; found {workload!r}")
        if clients < 1 or keys < 1:
            raise ArmadilloError(f"expected at least one client and one key, found clients={clients}, keys={keys}")
        load = await self._made(
            workload, keys, through, {"level": level, "realtime": realtime}, collection_options,
            clients=clients, seed=self._seed if seed is None else seed, rate_per_s=rate_per_s,
            request_timeout_s=request_timeout_s,
        )  # fmt: skip
        try:
            await load.start()
            self._loads.append(load)
            yield load
        except BaseException:
            load.is_checked = True  # the block's own failure is what counts
            await load.stop()
            await load.close()
            raise
        await load.stop()

    async def wait_until_as_planned(self, *, timeout_s: float = AS_PLANNED_TIMEOUT_S) -> None:
        """Waits until Current in the agency is what Plan wants for every shard; raises `ConditionTimeoutError`."""
        await wait_until_as_planned(self._cluster(), timeout_s=timeout_s)

    async def wait_until_replicas_are_equal(
        self, database: Database | None = None, *, timeout_s: float = EQUAL_TIMEOUT_S
    ) -> int:
        """Waits until each follower in the database holds what its leader holds; answers how many were compared.

        Raises `ConsistencyError` that tells which documents or indexes differ.
        """
        return await wait_until_equal(self._cluster(), database or self._database, timeout_s=timeout_s)

    @property
    def unchecked(self) -> list[Load]:
        """Loads whose block ended well and that nobody has checked."""
        return [load for load in self._loads if not load.is_checked]

    async def close(self) -> None:
        """Closes what a load that was never checked has left open."""
        for load in self._loads:
            await load.close()

    async def _made(
        self,
        workload: str,
        keys: int,
        through: Sequence[Server] | None,
        promise: dict[str, Any],
        collection_options: dict[str, Any],
        **clients: Any,
    ) -> Load:
        doors = list(through) if through is not None else self._default_doors()
        if not doors:
            raise ArmadilloError("expected servers to go through, found an empty list: give coordinators, for example")
        kind = LOADS[workload]
        settings: dict[str, Any] = {"clients": clients["clients"], "keys": keys, "load": workload}
        if issubclass(kind, ListAppend):
            default_level, default_realtime = kind.promise
            settings["level"] = Level(promise["level"] or default_level).value
            settings["realtime"] = default_realtime if promise["realtime"] is None else promise["realtime"]
        self._made_so_far += 1
        number = self._made_so_far
        name = f"{self._name}-{workload}" + (f"-{number}" if number > 1 else "")
        is_cluster = isinstance(self._deployment, Cluster)
        options = {"numberOfShards": 1, **collection_options} if is_cluster else collection_options
        collection = await self._database.create_collection(f"load_{workload}_{number}", **options)
        if is_cluster:
            await collection.wait_until_in_sync()
        recorder = HistoryRecorder(
            os.path.join(self._directory, f"{name}.jsonl"), kind.name, seed=clients["seed"], settings=settings
        )
        made = kind(collection.name, recorder, keys)
        return Load(self._deployment, collection, made, through=doors, recorder=recorder, **clients)

    def _default_doors(self) -> list[Server]:
        if isinstance(self._deployment, Cluster):
            return self._deployment.coordinators
        return self._deployment.servers

    def _cluster(self) -> Cluster:
        if not isinstance(self._deployment, Cluster):
            raise ArmadilloError("expected a cluster, found a single server: it has neither shards nor an agency")
        return self._deployment
