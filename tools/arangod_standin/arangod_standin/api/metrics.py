"""Metrics in Prometheus' text format, with ArangoDB's names (``allMetrics.yaml`` of its documentation)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..http.message import Response
from ..observe.deployment import deployment_figures
from ..observe.process_figures import process_figures

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from ..observe.histogram import Histogram


class MetricsApi:
    """Handlers of ``/_admin/metrics`` and ``/_admin/usage-metrics``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        context.router.add("GET", "/_admin/metrics", self.metrics)
        if context.settings.family < (4, 0):
            context.router.add("GET", "/_admin/metrics/v2", self.metrics)
        context.router.add("GET", "/_admin/usage-metrics", self.usage)

    async def metrics(self, request: Request) -> Response:
        """GET /_admin/metrics ?serverId."""
        elsewhere = await self._elsewhere(request, "/_admin/metrics")
        if elsewhere is not None:
            return elsewhere
        page = MetricsPage()
        self._add_process(page)
        self._add_requests(page)
        self._add_work(page)
        for name, value in sorted(deployment_figures(self._context).items()):
            page.gauge(name, value)
        for name, gauge in sorted(self._context.gauges.items()):
            (page.counter if name.endswith("_total") else page.gauge)(name, gauge())
        return page.response()

    async def usage(self, request: Request) -> Response:
        """GET /_admin/usage-metrics ?serverId: with shards and users only if the server tracks them, so empty here."""
        elsewhere = await self._elsewhere(request, "/_admin/usage-metrics")
        return elsewhere if elsewhere is not None else MetricsPage().response()

    async def _elsewhere(self, request: Request, path: str) -> Response | None:
        """Return another server's page when ``serverId`` names one, None for this server's own."""
        server = request.parameters.get("serverId")
        if not server or server == self._context.server_id:
            return None
        if self._context.ask_server is None:
            raise ArangoError(errors.HTTP_NOT_FOUND, f"unknown server '{server}'")
        _, answer = await self._context.ask_server(server, "GET", path, None)
        return Response(200, str(answer).encode(), content_type=_CONTENT_TYPE)

    def _add_process(self, page: MetricsPage) -> None:
        found = process_figures()
        uptime_s = time.time() - self._context.started_s
        page.counter("arangodb_server_statistics_server_uptime_total", uptime_s)
        page.gauge("arangodb_server_statistics_physical_memory", found["physical_bytes"])
        page.gauge("arangodb_server_statistics_cpu_cores", found["cores"])
        page.gauge("arangodb_process_statistics_resident_set_size", found["resident_bytes"])
        page.gauge("arangodb_process_statistics_resident_set_size_percent", found["resident_share"])
        page.gauge("arangodb_process_statistics_virtual_memory_size", found["virtual_bytes"])
        page.gauge("arangodb_process_statistics_number_of_threads", found["threads"])
        page.gauge("arangodb_process_statistics_user_time", found["user_s"])
        page.gauge("arangodb_process_statistics_system_time", found["system_s"])
        page.counter("arangodb_process_statistics_minor_page_faults_total", found["minor_faults"])
        page.counter("arangodb_process_statistics_major_page_faults_total", found["major_faults"])

    def _add_requests(self, page: MetricsPage) -> None:
        counted = self._context.requests
        prefix = "arangodb_http_request_statistics"
        page.counter(f"{prefix}_total_requests_total", counted.total)
        page.counter(f"{prefix}_async_requests_total", counted.asynchronous)
        page.counter(f"{prefix}_superuser_requests_total", counted.superuser)
        page.counter(f"{prefix}_user_requests_total", counted.user)
        for method, count in counted.methods.items():
            page.counter(f"{prefix}_{'other_http' if method == 'other' else 'http_' + method}_requests_total", count)
        prefix = "arangodb_client_connection_statistics"
        page.gauge(f"{prefix}_client_connections", self._context.open_connections())
        page.histogram(f"{prefix}_total_time", counted.total_time)
        page.histogram(f"{prefix}_request_time", counted.request_time)
        page.histogram(f"{prefix}_queue_time", counted.queue_time)
        page.histogram(f"{prefix}_bytes_sent", counted.bytes_sent)
        page.histogram(f"{prefix}_bytes_received", counted.bytes_received)

    def _add_work(self, page: MetricsPage) -> None:
        context = self._context
        if context.role in ("SINGLE", "COORDINATOR"):
            page.gauge("arangodb_aql_cursors_active", context.open_cursors())
            pending, done = context.jobs.counts() if context.jobs is not None else (0, 0)
            page.gauge("arangodb_jobs_pending", pending)
            page.gauge("arangodb_jobs_done", done)
        # no threads here: each request in work, with this one, would have one
        page.gauge("arangodb_scheduler_num_working_threads", len(context.requests.running))
        level = {"STARTUP": 0, "SERVING": 1}.get(context.state, 0)
        page.gauge("arangodb_server_statistics_available", level)
        page.gauge("arangodb_server_statistics_read_only", int(context.read_only))


_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class MetricsPage:
    """Collects samples; each name comes with its help and type."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def _head(self, name: str, kind: str) -> None:
        text = name.removeprefix("arangodb_").removesuffix("_total").replace("_", " ")
        self._lines += [f"# HELP {name} {text.capitalize()}", f"# TYPE {name} {kind}"]

    def counter(self, name: str, value: float) -> None:
        """Add a number that only grows."""
        self._head(name, "counter")
        self._lines.append(f"{name} {_number(value)}")

    def gauge(self, name: str, value: float) -> None:
        """Add a number that goes up and down."""
        self._head(name, "gauge")
        self._lines.append(f"{name} {_number(value)}")

    def histogram(self, name: str, histogram: Histogram) -> None:
        """Add a distribution."""
        self._head(name, "histogram")
        self._lines += histogram.lines(name)

    def response(self) -> Response:
        """Return the page."""
        body = "".join(f"{line}\n" for line in self._lines)
        return Response(200, body.encode(), content_type=_CONTENT_TYPE)


def _number(value: float) -> str:
    return f"{value:.6g}" if value % 1 else str(int(value))
