"""`Load`: background clients at work on a collection, and the check of what they saw."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from ..arangodb.transport import Transport
from ..errors import ArmadilloError, ConsistencyError, UndecidedError
from ..handles.cluster import Cluster
from ..handles.collection import Collection
from ..handles.server import Server
from ..handles.single_server import SingleServer
from ..handles.wait import Seen, wait_until
from ..workload.anomaly import Anomaly, Findings
from ..workload.background import BackgroundClients
from ..workload.check import check
from ..workload.explanation import explained, report, shrunk
from ..workload.history import History, HistoryRecorder
from ..workload.loads.load_kind import LoadKind
from .replicas import wait_until_as_planned, wait_until_equal

PROGRESS_TIMEOUT_S = 120.0
LAST_READS_TIMEOUT_S = 120.0


class Load:
    """One run of background clients; made by `Consistency.running`, which also ends it.

    `acknowledged` operations count up while it runs. When the block has ended, `check` does the last reads and judges.
    """

    def __init__(
        self,
        deployment: Cluster | SingleServer,
        collection: Collection,
        kind: LoadKind,
        *,
        through: Sequence[Server],
        recorder: HistoryRecorder,
        request_timeout_s: float,
        **clients: Any,
    ) -> None:
        self.collection = collection
        self.is_checked = False
        self._deployment = deployment
        self._through = list(through)
        self._recorder = recorder
        self._transport = Transport()
        self._kind = kind
        self._is_running = False
        timeout_s = deployment.scaled(request_timeout_s)
        doors = [(server.name, self._client_of(server, timeout_s)) for server in self._through]
        self._clients = BackgroundClients(kind, recorder, doors, **clients)

    def __repr__(self) -> str:
        return f"<Load {self._kind.name} on {self.collection.name}: {self.acknowledged} acknowledged>"

    @property
    def acknowledged(self) -> int:
        """How many operations were acknowledged by now, reads included."""
        return self._recorder.acknowledged

    @property
    def history(self) -> History:
        """What was recorded by now."""
        return self._recorder.history()

    @property
    def history_path(self) -> str:
        """Absolute path of the file with the history."""
        return self._recorder.path

    async def start(self) -> None:
        """Makes what the load needs, and lets the clients begin."""
        await self._kind.prepare(self.collection.client)
        self._is_running = True
        self._clients.start()

    async def stop(self) -> None:
        """Lets each client end its operation; raises what went wrong in a client (errors of ArangoDB do not)."""
        self._is_running = False
        await self._clients.stop()

    async def close(self) -> None:
        """Closes the file and the connections."""
        await asyncio.to_thread(self._recorder.close)
        await self._transport.close()

    async def more(self, number: int, *, timeout_s: float = PROGRESS_TIMEOUT_S) -> None:
        """Waits until that many more operations were acknowledged; raises `ConditionTimeoutError`."""
        wanted = self.acknowledged + number

        def done() -> bool | Seen:
            self._clients.check_running()
            seen = f"{self.acknowledged} of {wanted}; last error: {self._recorder.last_error or 'none'}"
            return self.acknowledged >= wanted or Seen(seen)

        await wait_until(f"{number} more acknowledged operations", done, self._deployment.scaled(timeout_s), 0.02)

    async def check(self, *, replicas: bool = True) -> History:
        """Waits until the deployment is whole, reads everything once more, and judges the history; answers it.

        On a cluster: every living server GOOD, Plan equal to Current, then the last reads through every server that the
        clients went through, then the copies of all shards compared (unless `replicas` is false). Raises
        `ConsistencyError` whose first line names the broken promise, `UndecidedError` when a checker met its limits,
        `ConditionTimeoutError` when the deployment does not come back, `ArmadilloError` when nothing was acknowledged.
        """
        if self._is_running:
            raise ArmadilloError(
                "expected check() behind the block of running(), found the load still at work: "
                "its last reads must come after its last write"
            )
        if self.is_checked:
            raise ArmadilloError("expected one check() of a load, found a second one: its file is closed")
        self.is_checked = True
        try:
            await self._wait_until_whole()
            await self._read_everything()
        finally:
            await self.close()
        history = self.history
        if not self._recorder.acknowledged:
            raise ArmadilloError("expected operations that were acknowledged, found none: there is nothing to check")
        findings, anomalies = await asyncio.to_thread(_judged, history)
        self._tell(history, findings, anomalies)
        if replicas and isinstance(self._deployment, Cluster):
            await wait_until_equal(self._deployment, self.collection.database)
        return history

    async def _wait_until_whole(self) -> None:
        if isinstance(self._deployment, Cluster):
            await self._deployment.wait_until_healthy()
            await wait_until_as_planned(self._deployment)

    async def _read_everything(self) -> None:
        """Through each door that is open; repeated until everything was read, for an error is no answer."""
        for number, server in enumerate(self._through):
            await server.refresh()
            if not server.is_alive:
                continue
            session = self._clients.session_through(number)

            async def done(session: Any = session) -> bool | Seen:
                missing = await self._kind.read_everything(session)
                return Seen(missing[0].error or "a read without an answer") if missing else True

            timeout_s = self._deployment.scaled(LAST_READS_TIMEOUT_S)
            await wait_until(f"the last reads of {self._kind.name} through {server.name}", done, timeout_s, 0.2)

    def _tell(self, history: History, findings: Findings, anomalies: Sequence[Anomaly]) -> None:
        if not anomalies and not findings.undecided:
            return
        path = f"{self._recorder.path.removesuffix('.gz').removesuffix('.jsonl')}.anomalies.txt"
        with open(path, "w", encoding="utf-8") as file:
            file.write(report(history, anomalies, findings.undecided))
        where = os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))
        if not anomalies:
            raise UndecidedError(f"{findings.undecided[0]}; {len(findings.undecided)} in all, see {where}")
        first = explained(history, anomalies[0])
        headline, _, details = first.partition("\n")
        names = tuple(dict.fromkeys(one.name for one in anomalies))
        more = f"{len(anomalies)} anomalies ({', '.join(names)}) in {len(history.operations)} operations: see {where}"
        raise ConsistencyError(headline, f"{details}\n\n{more}", anomalies=names, path=path)

    def _client_of(self, server: Server, timeout_s: float) -> Any:
        # Connections of its own: those of the handles are closed when a server is killed, with what runs on them.
        client = server.client.with_transport(self._transport).with_timeout(timeout_s)
        return client.in_database(self.collection.database.name)


def _judged(history: History) -> tuple[Findings, list[Anomaly]]:
    findings = check(history)
    return findings, shrunk(history, findings) if findings.anomalies else []
