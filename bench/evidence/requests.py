"""What a request of a test costs because it is told: in the test process, and in the runner that keeps it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from armadillo.arangodb.answer import Answer
from armadillo.arangodb.transport import Transport
from armadillo.pytest_plugin import request_log
from armadillo.pytest_plugin.request_log import RequestLog
from armadillo.results.hub import Hub
from armadillo_api.v1 import result_pb2

REQUESTS = 100_000
_OF_A_BATCH = 250


class Silent(Transport):
    """Connections that answer at once: what is left is the telling."""

    async def _exchange(
        self,
        endpoint: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        timeout_s: float,
    ) -> Answer:
        return Answer(200, {}, None)


def measure(directory: Path) -> dict[str, float]:
    """Microseconds for each request: told in the test process, kept in the runner; bytes of the event log."""
    request_log.MOST_REQUESTS = 2 * REQUESTS  # the dear ones: those that are kept
    return asyncio.run(_measure(directory))


async def _measure(directory: Path) -> dict[str, float]:
    silent_s = await _send(Silent(), lambda: None)
    transport = Silent()
    messages: list[bytes] = []

    def go_out(events: Sequence[result_pb2.Event]) -> None:
        messages.append(result_pb2.PublishRequest(events=events).SerializeToString())

    log = RequestLog(go_out)  # its thread takes a few of the batches
    transport.on_request = log.add
    told_s = await _send(transport, lambda: go_out(log.take()))
    log.close()
    hub = Hub(str(directory), str(directory / "test.xml"), live_xml=False)
    began_s = time.process_time()
    for message in messages:
        hub.publish(*result_pb2.PublishRequest.FromString(message).events)
    kept_s = time.process_time() - began_s
    kept = len(hub.record.requests.told)
    assert kept == REQUESTS, kept
    hub.finish()
    return {
        "told_us": (told_s - silent_s) / REQUESTS * 1e6,
        "kept_us": kept_s / REQUESTS * 1e6,
        "log_bytes": (directory / "events.binpb").stat().st_size / REQUESTS,
    }


async def _send(transport: Transport, go_out: Callable[[], None]) -> float:
    """Processor time of all requests with the making of their messages, as they go out with a case's events."""
    began_s = time.process_time()
    for number in range(1, REQUESTS + 1):
        await transport.send(
            "http://127.0.0.1:8529", "GET", f"/_api/document/c/{number}?a=b", headers={}, content=None, timeout_s=1.0
        )
        if number % _OF_A_BATCH == 0:
            go_out()
    return time.process_time() - began_s
