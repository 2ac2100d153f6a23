"""Background clients: they make their requests one after the other, each by itself, until they are stopped.

A client goes through one door (a coordinator, say) as long as that answers. After an outcome in doubt it goes on as a
new process, and by the next door: nobody knows when its last request takes effect, so it must not count as the same
client's past. When a door is shut it tries the next one, after a pause.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence

from ..arangodb.client import ArangoClient
from .history import HistoryRecorder
from .loads.counters import Counters
from .loads.life_cycles import LifeCycles
from .loads.list_append import ListAppend, ListTransactions
from .loads.load_kind import LoadKind, Session
from .loads.registers import Registers
from .loads.sets import Sets
from .operation import Operation

LOADS: Mapping[str, type[LoadKind]] = {
    "counter": Counters,
    "life_cycle": LifeCycles,
    "list_append": ListAppend,
    "list_transactions": ListTransactions,
    "register": Registers,
    "set": Sets,
}
"""What background clients can do, by name."""

_PAUSE_S = 0.05
"""After an operation that was not done: who is refused at once must not ask a thousand times a second."""


class BackgroundClients:
    """Clients on one event loop; `stop` ends them, and tells what went wrong in them."""

    def __init__(
        self,
        load: LoadKind,
        recorder: HistoryRecorder,
        doors: Sequence[tuple[str, ArangoClient]],
        *,
        clients: int,
        seed: int,
        rate_per_s: float = 0.0,
    ) -> None:
        self._load = load
        self._recorder = recorder
        self._doors = list(doors)
        self._clients = clients
        self._seed = seed
        self._pace_s = clients / rate_per_s if rate_per_s else 0.0
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Lets the clients begin."""
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._go_on(slot), name=f"{self._load.name}-client-{slot}")
            for slot in range(self._clients)
        ]

    async def stop(self) -> None:
        """Lets each client end its last operation; raises what is no error of ArangoDB's."""
        self._stopping.set()
        tasks, self._tasks = self._tasks, []
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    def check_running(self) -> None:
        """Raises what has ended a client although nobody stopped it."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    def session_through(self, door: int) -> Session:
        """A new session through one of the doors."""
        name, client = self._doors[door]
        return Session(-1, self._recorder.new_process(), name, client, random.Random(f"{self._seed}:last"))

    async def _go_on(self, slot: int) -> None:
        choices = random.Random(f"{self._seed}:{slot}")
        door = slot
        session = self._session(slot, door, choices)
        due_s = time.monotonic() + choices.random() * self._pace_s
        while not self._stopping.is_set():
            operation = await self._load.step(session)
            if operation.is_unknown or _was_shut(operation):
                door += 1
                session = self._session(slot, door, choices)
            due_s = max(due_s + self._pace_s, time.monotonic() - self._pace_s)
            pause_s = 0.0 if operation.is_ok else _PAUSE_S
            await self._pause(max(pause_s, due_s - time.monotonic() if self._pace_s else 0.0))

    def _session(self, slot: int, door: int, choices: random.Random) -> Session:
        name, client = self._doors[door % len(self._doors)]
        return Session(slot, self._recorder.new_process(), name, client, choices)

    async def _pause(self, seconds: float) -> None:
        """Waits, but not longer than until the clients are stopped."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _was_shut(operation: Operation) -> bool:
    return operation.is_failed and operation.error.startswith(("no connection", "no answer", "the connection broke"))
