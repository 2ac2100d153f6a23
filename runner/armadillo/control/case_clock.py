"""The limit of one case with its set-up and tear-down."""

from __future__ import annotations

import asyncio

from armadillo_api.v1 import result_pb2

from ..results.hub import Hub


class CaseClock:
    """Listens to the hub; `expired` resolves to the node id of a case that took longer than its limit."""

    def __init__(self, hub: Hub, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.expired: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        if timeout_s > 0:
            hub.listen(self._take)

    def close(self) -> None:
        """Stops the clock."""
        self._stop()
        self.expired.cancel()

    def _take(self, event: result_pb2.Event) -> None:
        kind = event.WhichOneof("kind")
        if kind in ("case_started", "case_attempt_failed"):  # each attempt has the whole limit
            self._stop()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self.timeout_s, self._expire, getattr(event, kind).node_id)
        elif kind == "case_finished":
            self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self, node_id: str) -> None:
        if not self.expired.done():
            self.expired.set_result(node_id)
