"""Statistics as servers before 4.0 show them: ``/_admin/statistics`` and their description."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..http.message import Response, success
from ..observe.process_figures import process_figures

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request

_GROUPS = (
    ("system", "Process Statistics", "Statistics about the ArangoDB process"),
    ("client", "Client Connection Statistics", "Statistics about the connections."),
    ("http", "HTTP Request Statistics", "Statistics about the HTTP requests."),
    ("server", "Server Statistics", "Statistics about the ArangoDB server"),
)
# group, identifier, name, type, units
_FIGURES = (
    ("system", "userTime", "User Time", "accumulated", "seconds"),
    ("system", "systemTime", "System Time", "accumulated", "seconds"),
    ("system", "numberOfThreads", "Number of Threads", "current", "number"),
    ("system", "residentSize", "Resident Set Size", "current", "bytes"),
    ("system", "residentSizePercent", "Resident Set Size", "current", "percent"),
    ("system", "virtualSize", "Virtual Memory Size", "current", "bytes"),
    ("system", "minorPageFaults", "Minor Page Faults", "accumulated", "number"),
    ("system", "majorPageFaults", "Major Page Faults", "accumulated", "number"),
    ("client", "httpConnections", "Client Connections", "current", "number"),
    ("client", "totalTime", "Total Time", "distribution", "seconds"),
    ("client", "requestTime", "Request Time", "distribution", "seconds"),
    ("client", "queueTime", "Queue Time", "distribution", "seconds"),
    ("client", "bytesSent", "Bytes Sent", "distribution", "bytes"),
    ("client", "bytesReceived", "Bytes Received", "distribution", "bytes"),
    ("http", "requestsTotal", "Total requests", "accumulated", "number"),
    ("http", "requestsAsync", "Async requests", "accumulated", "number"),
    *(("http", f"requests{name}", f"HTTP {name.upper()} requests", "accumulated", "number")
      for name in ("Get", "Head", "Post", "Put", "Patch", "Delete", "Options", "Other")),
    ("server", "uptime", "Server Uptime", "current", "seconds"),
    ("server", "physicalMemory", "Physical Memory", "current", "bytes"),
)  # fmt: skip


class StatisticsApi:
    """Handlers of ``/_admin/statistics`` and ``/_admin/statistics-description``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        context.router.add("GET", "/_admin/statistics", self.statistics)
        context.router.add("GET", "/_admin/statistics-description", self.description)

    def current(self) -> dict[str, Any]:
        """Return the figures of this server."""
        process = process_figures()
        counted = self._context.requests
        methods = {f"requests{name.capitalize()}": count for name, count in counted.methods.items()}
        return {
            "time": time.time(),
            "enabled": True,
            "system": {
                "minorPageFaults": process["minor_faults"], "majorPageFaults": process["major_faults"],
                "userTime": process["user_s"], "systemTime": process["system_s"],
                "numberOfThreads": process["threads"], "residentSize": process["resident_bytes"],
                "residentSizePercent": process["resident_share"], "virtualSize": process["virtual_bytes"],
            },
            "client": {
                "httpConnections": self._context.open_connections(), "totalTime": counted.total_time.figures(),
                "requestTime": counted.request_time.figures(), "queueTime": counted.queue_time.figures(),
                "bytesSent": counted.bytes_sent.figures(), "bytesReceived": counted.bytes_received.figures(),
            },
            "http": {"requestsTotal": counted.total, "requestsAsync": counted.asynchronous, **methods},
            "server": {
                "uptime": time.time() - self._context.started_s, "physicalMemory": process["physical_bytes"],
                "transactions": {name: int(gauge()) for name, gauge in self._transactions().items()},
            },
        }  # fmt: skip

    def _transactions(self) -> dict[str, Any]:
        gauges = self._context.gauges
        names = {name: f"arangodb_transactions_{name}_total" for name in ("started", "committed", "aborted")}
        return {name: gauges[metric] for name, metric in names.items() if metric in gauges}

    async def statistics(self, request: Request) -> Response:
        """GET /_admin/statistics."""
        return success(200, self.current())

    async def description(self, request: Request) -> Response:
        """GET /_admin/statistics-description."""
        counted = self._context.requests
        cuts = {name: list(getattr(counted, attribute).limits) for name, attribute in (
            ("totalTime", "total_time"), ("requestTime", "request_time"), ("queueTime", "queue_time"),
            ("bytesSent", "bytes_sent"), ("bytesReceived", "bytes_received"))}  # fmt: skip
        figures = [
            {
                "group": group, "identifier": identifier, "name": name, "description": name, "type": kind,
                "units": units, **({"cuts": cuts[identifier]} if identifier in cuts else {}),
            }
            for group, identifier, name, kind, units in _FIGURES
        ]  # fmt: skip
        groups = [{"group": group, "name": name, "description": text} for group, name, text in _GROUPS]
        return success(200, {"groups": groups, "figures": figures})
