"""Metrics in Prometheus' text format."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from ..http.message import Response

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request


class MetricsApi:
    """Handlers of ``/_admin/metrics`` and ``/_admin/metrics/v2``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        context.router.add("GET", "/_admin/metrics", self.metrics)
        context.router.add("GET", "/_admin/metrics/v2", self.metrics)

    async def metrics(self, request: Request) -> Response:
        """GET /_admin/metrics."""
        context = self._context
        lines: list[str] = []
        _add(lines, "arangodb_server_statistics_server_uptime_total", "counter", "Number of seconds elapsed since"
             " server start", time.time() - context.started_s)  # fmt: skip
        _add(lines, "arangodb_process_statistics_resident_set_size", "gauge", "Resident set size", _resident_bytes())
        _add(lines, "arangodb_http_request_statistics_total_requests_total", "counter", "Total number of HTTP requests",
             sum(context.request_count.values()))  # fmt: skip
        for method, count in sorted(context.request_count.items()):
            name = f"arangodb_http_request_statistics_http_{method.lower()}_requests_total"
            _add(lines, name, "counter", f"Number of HTTP {method} requests", count)
        for name, gauge in sorted(context.gauges.items()):
            _add(lines, name, "gauge", name.replace("_", " "), gauge())
        body = "\n".join(lines) + "\n"
        return Response(200, body.encode(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _add(lines: list[str], name: str, kind: str, text: str, value: float) -> None:
    lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {value:.6g}" if value % 1 else
              f"{name} {int(value)}"]  # fmt: skip


def _resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
