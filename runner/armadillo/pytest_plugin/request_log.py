"""`RequestLog`: the requests of the test process on their way to the runner, many in one event."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from armadillo_api.v1 import result_pb2

from ..errors import ArmadilloError
from ..model.sent_request import SentRequest

MOST_REQUESTS = 10_000
"""Of a run; beyond that only slow and failed ones are told."""
MOST_NOTABLE = 20_000
"""Of a run, with those before: beyond that slow and failed ones are only counted, too."""
_INTERVAL_S = 0.25
_MOST_OF_AN_EVENT = 5_000


class RequestLog:
    """Keeps requests until the next event takes them along, or a thread sends them a quarter of a second later.

    `add` is called for each request of a test, so it does next to nothing; what is beyond the caps is counted.
    """

    def __init__(self, send: Callable[[Sequence[result_pb2.Event]], None]) -> None:
        self.node_id = ""
        """The case that is running."""
        self._send = send
        self._waiting: deque[SentRequest] = deque()
        self._lock = threading.Lock()
        self._kept = 0
        self._is_filled = threading.Event()
        self._is_closed = threading.Event()
        self._sender: threading.Thread | None = None

    def add(self, request: SentRequest) -> None:
        """Takes one request; may be called from any thread."""
        self._waiting.append(request)
        if not self._is_filled.is_set():
            self._is_filled.set()
            if self._sender is None:
                self._sender = threading.Thread(target=self._send_now_and_then, name="armadillo-requests", daemon=True)
                self._sender.start()

    def take(self) -> list[result_pb2.Event]:
        """All that wait, as events; an empty list when there are none."""
        with self._lock:
            self._is_filled.clear()
            found = []
            while self._waiting:
                found.append(result_pb2.Event(request_batch=self._batch()))
            return found

    def close(self) -> None:
        """Ends the thread; what waits is lost unless it was taken before."""
        self._is_closed.set()
        self._is_filled.set()

    def _batch(self) -> result_pb2.RequestBatch:
        batch = result_pb2.RequestBatch(node_id=self.node_id)
        for _ in range(min(len(self._waiting), _MOST_OF_AN_EVENT)):
            request = self._waiting.popleft()
            if self._kept < MOST_REQUESTS or (self._kept < MOST_NOTABLE and request.is_notable):
                self._kept += 1
                batch.requests.add(
                    method=request.method,
                    path=_storable(request.path),
                    endpoint=request.endpoint,
                    status=request.status,
                    error=_storable(request.error),
                    started_unix_ns=request.started_ns,
                    duration_us=request.duration_ns // 1000,
                )
            elif request.is_notable:
                batch.notable_left_out += 1
            else:
                batch.left_out += 1
        return batch

    def _send_now_and_then(self) -> None:
        while self._is_filled.wait() and not self._is_closed.wait(_INTERVAL_S):
            events = self.take()
            if events:
                try:
                    self._send(events)
                except ArmadilloError:
                    return  # the next event of a case meets the same, and fails with words


def _storable(text: str) -> str:
    """What a message can hold: halves of characters are replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
