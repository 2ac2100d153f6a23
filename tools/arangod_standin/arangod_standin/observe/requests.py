"""Counters of the requests that a server answered."""

from __future__ import annotations

import json
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from .histogram import Histogram

if TYPE_CHECKING:
    from ..http.message import Request, Response

METHODS = ("delete", "get", "head", "options", "patch", "post", "put")
_TIMES_S = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 15.0, 30.0)
_SIZES_BYTES = (250.0, 1000.0, 2000.0, 5000.0, 10000.0)
_KEPT_CALLS = 500
_KEPT_QUERIES = 100
_LONGEST_QUERY_BYTES = 64 << 10


class RequestStatistics:
    """Counts each request with its method, times (seconds) and sizes (bytes), and remembers the newest calls."""

    def __init__(self) -> None:
        self.methods = dict.fromkeys((*METHODS, "other"), 0)
        self.superuser = 0
        self.user = 0
        self.asynchronous = 0
        self.total_time = Histogram(_TIMES_S)
        self.request_time = Histogram(_TIMES_S)
        self.queue_time = Histogram(_TIMES_S)
        self.bytes_sent = Histogram(_SIZES_BYTES)
        self.bytes_received = Histogram(_SIZES_BYTES)
        # time since 1970 (seconds), method, path and database of the newest calls
        self.calls: list[tuple[float, str, str, str]] = []
        # time, database, user and body of the newest requests that began a query
        self.queries: deque[tuple[float, str, str, bytes]] = deque(maxlen=_KEPT_QUERIES)
        # requests that are being answered, with the time since 1970 at which that began
        self.running: dict[Request, float] = {}

    def begin(self, request: Request) -> None:
        """Note that a request is being answered."""
        self.running[request] = time.time()

    def add(self, request: Request, response: Response, began_s: float) -> None:
        """Count one answered request; `began_s` is when its handler began (monotonic seconds)."""
        now = time.monotonic()
        self.running.pop(request, None)
        method = request.method.lower()
        self.methods[method if method in self.methods else "other"] += 1
        if request.superuser:
            self.superuser += 1
        else:
            self.user += 1
        if "x-arango-async" in request.headers:
            self.asynchronous += 1
        waited_s = max(began_s - request.received_s, 0.0) if request.received_s else 0.0
        self.queue_time.add(waited_s)
        self.request_time.add(now - began_s)
        self.total_time.add(now - began_s + waited_s)
        self.bytes_received.add(len(request.body))
        self.bytes_sent.add(len(response.body))
        if request.segments == ["_api", "cursor"] and len(request.body) < _LONGEST_QUERY_BYTES:
            self.queries.append((time.time(), request.database, request.user, request.body))
        if request.segments[0] != "_internal":
            self.calls.append((time.time(), request.method, request.path, request.database))
            if len(self.calls) > 2 * _KEPT_CALLS:
                del self.calls[:_KEPT_CALLS]

    def newest_queries(self) -> list[dict[str, Any]]:
        """Return the newest queries, the newest first, as ``/_admin/server/aql-queries`` shows them."""
        shown = []
        for when, database, user, body in reversed(self.queries):
            try:
                asked = json.loads(body)
                query, bind = asked["query"], asked.get("bindVars") or {}
            except (ValueError, TypeError, KeyError, AttributeError):
                continue
            shown.append({"timeStamp": _stamp(when), "database": database, "user": user, "query": query,
                          "bindVars": bind})  # fmt: skip
        return shown

    def activities(self) -> list[dict[str, Any]]:
        """Return the requests that are being answered, as ``/_admin/activities`` shows them."""
        return [
            {
                "id": f"{id(request):x}",
                "type": "RestHandler",
                "parent": None,
                "metadata": {
                    "method": request.method, "url": request.path, "database": request.database,
                    "user": request.user, "started": _stamp(began),
                },
            }
            for request, began in self.running.items()
        ]  # fmt: skip

    @property
    def total(self) -> int:
        """How many requests were answered."""
        return sum(self.methods.values())

    def newest_calls(self) -> list[dict[str, Any]]:
        """Return the newest calls, the newest first, as ``/_admin/server/api-calls`` shows them."""
        return [
            {
                "timeStamp": _stamp(when),
                "requestType": method,
                "path": path,
                "database": database,
            }
            for when, method, path, database in reversed(self.calls[-_KEPT_CALLS:])
        ]


def _stamp(when: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
