"""Background clients on a server: what they do is recorded as it was, whatever becomes of the server."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from armadillo.arangodb.client import ArangoClient
from armadillo.arangodb.credentials import Credentials
from armadillo.arangodb.transport import Transport
from armadillo.handles.wait import wait_until
from armadillo.workload.background import LOADS, BackgroundClients
from armadillo.workload.check import check
from armadillo.workload.checkers.life_cycles import ABSENT
from armadillo.workload.history import History, HistoryRecorder, read_history
from armadillo.workload.loads.load_kind import LoadKind
from armadillo.workload.operation import Operation

from tests.framework.standin.support.standin_server import SECRET, StandinServer

CLIENTS = 6
DEADLINE_S = 120.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandinServer]:
    """A single server."""
    made = StandinServer(tmp_path / "server").start().wait_available()
    yield made
    made.close()


class Running:
    """A load of one kind on a server, with two doors that both lead to it."""

    def __init__(self, server: StandinServer, folder: Path, workload: str, seed: int, timeout_s: float = 2.0) -> None:
        self._transport = Transport()
        endpoint = f"http://127.0.0.1:{server.port}"
        client = ArangoClient([endpoint], Credentials.superuser(SECRET.decode()), transport=self._transport)
        self.client = client.with_timeout(timeout_s)
        kind = LOADS[workload]
        self.recorder = HistoryRecorder(str(folder / f"{workload}.jsonl"), kind.name, settings=_settings(kind))
        self.load = kind("things", self.recorder, 3)
        doors = [("front", self.client), ("back", self.client)]
        self.clients = BackgroundClients(self.load, self.recorder, doors, clients=CLIENTS, seed=seed)

    async def start(self) -> None:
        """Makes the collection and lets the clients begin."""
        await self.client.post("/_api/collection", json={"name": "things"})
        await self.load.prepare(self.client)
        self.clients.start()

    async def acknowledged(self, number: int) -> None:
        """Waits until that many operations were acknowledged."""
        await wait_until(f"{number} acknowledged", lambda: self.recorder.acknowledged >= number, DEADLINE_S)

    async def begun_by_the_first(self, number: int) -> None:
        """Waits until the first client has begun that many operations."""
        history = self.recorder.history
        await wait_until(f"{number} of the first", lambda: len(_of_the_first(history())) >= number, DEADLINE_S)

    async def end(self) -> History:
        """Stops the clients, reads everything through both doors, and closes."""
        await self.clients.stop()
        for door in (0, 1):
            assert await self.load.read_everything(self.clients.session_through(door)) == []
        self.recorder.close()
        await self._transport.close()
        return self.recorder.history()


def _settings(kind: type[LoadKind]) -> dict[str, object]:
    promise = getattr(kind, "promise", None)
    return {"level": promise[0].value, "realtime": promise[1]} if promise else {}


@pytest.mark.parametrize("workload", sorted(LOADS))
async def test_a_load_on_a_good_server_is_clean(workload: str, server: StandinServer, tmp_path: Path) -> None:
    """Every kind of operation is done, no promise is broken, and the file holds the same history."""
    running = Running(server, tmp_path, workload, seed=5)
    await running.start()
    await running.acknowledged(150)
    history = await running.end()

    findings = check(history)
    assert findings.anomalies == []
    assert findings.undecided == []
    assert read_history(running.recorder.path) == history
    assert {one.through for one in history.operations} == {"front", "back"}
    assert {"list_append": 1, "list_transactions": 1}.get(workload, 2) <= len({one.kind for one in history.operations})
    if "list" in workload:
        assert {step[0] for one in history.operations for step in one.value} == {"append", "read"}


@pytest.mark.parametrize("workload", sorted(LOADS))
async def test_a_kill_puts_operations_in_doubt_and_breaks_nothing(
    workload: str, server: StandinServer, tmp_path: Path
) -> None:
    """The server is killed under load and comes back: clients go on as new processes, and all promises hold."""
    running = Running(server, tmp_path, workload, seed=6)
    await running.start()
    await running.acknowledged(60)
    before = {one.process for one in running.recorder.history().operations}
    server.kill()
    server.start()
    await asyncio.to_thread(server.wait_available)
    await running.acknowledged(running.recorder.acknowledged + 60)
    history = await running.end()

    assert check(history).anomalies == []
    assert {one.process for one in history.operations} - before
    for earlier, later in _of_one_process(history):
        assert earlier.completed_ns is not None and earlier.completed_ns <= later.invoked_ns
        assert not earlier.is_unknown, "a process ends with its first operation in doubt"


async def test_a_frozen_server_puts_what_is_under_way_in_doubt(server: StandinServer, tmp_path: Path) -> None:
    """Each client gives up after its time, with an outcome that nobody knows, and stopping does not hang."""
    running = Running(server, tmp_path, "register", seed=7, timeout_s=0.5)
    await running.start()
    await running.acknowledged(50)
    server.signal(signal.SIGSTOP)
    try:
        await wait_until("every client in doubt", lambda: _in_doubt(running.recorder) >= CLIENTS, DEADLINE_S)
    finally:
        server.signal(signal.SIGCONT)
    history = await running.end()
    assert check(history).anomalies == []


async def test_lost_data_is_found(server: StandinServer, tmp_path: Path) -> None:
    """Somebody empties the collection behind the clients' backs: every kind of load that stores something tells it."""
    for workload in ("life_cycle", "set", "list_append"):
        running = Running(server, tmp_path / workload, workload, seed=8)
        await running.start()
        await running.acknowledged(150)
        await running.client.put("/_api/collection/things/truncate")
        await running.acknowledged(running.recorder.acknowledged + 50)
        history = await running.end()
        assert check(history).names & {"acknowledged write lost", "stale read", "own write not read"}, workload
        await _drop(server)


async def test_the_same_seed_asks_for_the_same(server: StandinServer, tmp_path: Path) -> None:
    """The choices of a client follow from seed and client alone, not from the others' speed."""
    asked = []
    for number in range(2):
        # patient: who is left without an answer goes on as another process
        running = Running(server, tmp_path / str(number), "counter", seed=9, timeout_s=DEADLINE_S)
        await running.start()
        await running.begun_by_the_first(10)
        operations = _of_the_first(await running.end())
        asked.append([(one.kind, one.key, one.value) for one in operations[:10]])
        await _drop(server)
    assert asked[0] == asked[1]


async def test_a_refusal_tells_what_was_there(server: StandinServer, tmp_path: Path) -> None:
    """A replacement of a document that is not there has failed, and says that it is absent."""
    running = Running(server, tmp_path, "life_cycle", seed=1)
    await running.client.post("/_api/collection", json={"name": "things"})
    session = running.clients.session_through(0)
    work = session.client.put(running.load.document("nobody"), json={})
    done = await running.load.perform(session, "replace", "nobody", 1, work)
    assert done.is_failed
    assert done.result == ABSENT
    assert await running.load.value_of(session, "nobody") is None
    await running.end()


def _in_doubt(recorder: HistoryRecorder) -> int:
    """How many operations ended without an answer; those that are under way do not count."""
    return sum(one.is_unknown and one.completed_ns is not None for one in recorder.history().operations)


async def _drop(server: StandinServer) -> None:
    assert (await asyncio.to_thread(server.call, "DELETE", "/_api/collection/things")).status == 200


def _of_the_first(history: History) -> list[Operation]:
    first = min((one.process for one in history.operations), default=0)
    return [one for one in history.operations if one.process == first]


def _of_one_process(history: History) -> list[tuple[Operation, Operation]]:
    pairs = []
    last: dict[int, Operation] = {}
    for one in history.operations:
        if one.process in last:
            pairs.append((last[one.process], one))
        last[one.process] = one
    return pairs
