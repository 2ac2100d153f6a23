"""A shard with no case of its own starts no server: whether it has any is known when pytest has collected."""

from __future__ import annotations

import asyncio

from armadillo_api.v1 import result_pb2

from ..results.hub import Hub


async def has_cases(hub: Hub) -> bool:
    """Returns when the test process has told its cases: whether there are any.

    It may end without telling them: who waits must be cancelled then, as the start of the servers is.
    """
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def look(event: result_pb2.Event) -> None:
        if event.WhichOneof("kind") == "cases_collected" and not told.done():
            told.set_result(None)

    hub.listen(look)
    if not hub.record.was_collected:
        await told
    return bool(hub.record.cases)
