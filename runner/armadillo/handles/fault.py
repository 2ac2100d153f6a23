"""`PlannedFault` and `StartedFault`: a fault before and after it is in force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from armadillo_api.v1 import control_pb2

from .blocking import Blocking
from .run import Run
from .server import Server
from .shard import Shard


class StartedFault:
    """A fault that was put in force; `heal` takes it back."""

    def __init__(self, run: Run, message: control_pb2.Fault) -> None:
        self._run = run
        self._message = message

    def __repr__(self) -> str:
        return f"<fault {self.fault_id} {self.kind}: {self.description}>"

    @property
    def fault_id(self) -> str:
        """ "fault-3"."""
        return str(self._message.fault_id)

    @property
    def kind(self) -> str:
        """ "process.kill"."""
        return str(self._message.kind)

    @property
    def description(self) -> str:
        """One line: what it does to whom."""
        return str(self._message.description)

    @property
    def servers(self) -> list[str]:
        """Names of the servers that its targets resolved to."""
        return list(self._message.servers)

    @property
    def proof(self) -> str:
        """What was measured when it was in effect."""
        return str(self._message.proof)

    @property
    def proof_of_recovery(self) -> str:
        """What was measured when it was gone; "" before."""
        return str(self._message.proof_of_recovery)

    @property
    def is_in_force(self) -> bool:
        """As of the last verb on it here."""
        return bool(self._message.is_in_force)

    @property
    def asked_by(self) -> str:
        """ "test" or "nemesis"."""
        return str(self._message.asked_by)

    @property
    def node_id(self) -> str:
        """The case that was running when it was injected."""
        return str(self._message.node_id)

    @property
    def blocking(self) -> Blocking:
        """This fault for plain `def` tests."""
        return self._run.blocking(self)

    async def heal(self) -> None:
        """Takes it back and proves it; does nothing when that was done. Raises `FaultNotProvedError`, `FaultError`."""
        try:
            self._message = await self._run.control.heal(self.fault_id)
        finally:
            await self._run.after_fault(self.servers)


class PlannedFault:
    """A fault as a block: `async with faults.kill(server) as fault:`; or `await ….start()` outside of one."""

    def __init__(
        self, run: Run, kind: str, targets: Sequence[Any], parameters: Mapping[str, Any], allow_unproved: bool = False
    ) -> None:
        self._run = run
        self._kind = kind
        self._targets = targets
        self._parameters = parameters
        self._allow_unproved = allow_unproved
        self._started: StartedFault | None = None

    async def start(self) -> StartedFault:
        """Puts it in force; raises `FaultUnavailableError` (skips the case), `FaultRequestError` or `FaultError`."""
        return await start_fault(
            self._run, self._kind, self._targets, self._parameters, allow_unproved=self._allow_unproved
        )

    async def __aenter__(self) -> StartedFault:
        self._started = await self.start()
        return self._started

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._started is None:
            return
        try:
            await self._started.heal()
        except Exception as failure:
            if error is None:
                raise
            # the block's own error is the cause; the runner has a finding about the healing
            error.add_note(f"and healing {self._started!r} failed: {failure}")


async def start_fault(
    run: Run,
    kind: str,
    targets: Sequence[Any],
    parameters: Mapping[str, Any],
    *,
    asked_by: str = "",
    allow_unproved: bool = False,
) -> StartedFault:
    """Asks the runner for a fault; answers when it is proved to be in effect."""
    message = await run.control.inject(
        kind=kind,
        targets=[word_of(target) for target in targets],
        parameters_json=json.dumps(dict(parameters)),
        asked_by=asked_by,
        allow_unproved=allow_unproved,
    )
    started = StartedFault(run, message)
    await run.after_fault(started.servers)
    return started


def word_of(target: str | Server | Shard | Iterable[Any]) -> str:
    """A target as the runner takes it: a server's name, a shard's leader, words as they are, a list as one group."""
    if isinstance(target, str):
        return target
    if isinstance(target, Server):
        return target.name
    if isinstance(target, Shard):
        return f"leader of {target.name}"
    if isinstance(target, Iterable):
        return ", ".join(word_of(one) for one in target)
    raise TypeError(f"expected a server, a shard, words, or a list of those as a target, found {target!r}")
