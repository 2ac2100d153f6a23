"""The last step of a good run under `bazel coverage`: profiles become LCOV. It decides about nothing."""

from __future__ import annotations

import asyncio
import os
import signal

from armadillo_api.v1 import result_pb2

from ..lcov.collection import Collection
from ..results.hub import Hub
from ..results.verdict import decide

_TIMEOUT_S = 600.0
"""Where Bazel sets no limit."""


async def collect_coverage(collection: Collection, hub: Hub, deadline_s: float, elapsed_s: float) -> None:
    """Converts within what is left until the run's own deadline, 0 for none, and notes what could not be had.

    Bazel collects nothing of a run that failed, so there is nothing to do then.
    """
    if not decide(hub.record).outcome.is_good:
        return
    texts = _lost_by_kills(collection, hub)
    timeout_s = max(deadline_s - elapsed_s, 0.0) if deadline_s else _TIMEOUT_S
    texts += await asyncio.to_thread(collection.collect, timeout_s)
    hub.publish(*(result_pb2.Event(note=result_pb2.Note(text=text)) for text in texts))


def _lost_by_kills(collection: Collection, hub: Hub) -> list[str]:
    """Killed servers write no profile at their end; told only where others did, since most servers count nothing."""
    request = collection.request
    if request.is_continuous or not os.path.isdir(request.server_directory):
        return []
    killed = [
        f"{one.started.server} ({one.started.incarnation})"
        for one in hub.record.incarnations
        if one.exited is not None and one.exited.signal == signal.SIGKILL
    ]
    return [f"coverage: lost with a SIGKILL is what was counted by {', '.join(killed)}"] if killed else []
