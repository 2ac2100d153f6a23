"""Whether a server works for anybody, as its metrics say."""

from __future__ import annotations

METRICS_PATH = "/_admin/metrics"
"""In 3.11, 3.12 and 4.x; 4.x has no `/_admin/metrics/v2`."""
_WORKING_THREADS = "arangodb_scheduler_num_working_threads"
_QUERIES = "arangodb_aql_current_query"
_OUR_OWN = 1
"""The request for the metrics is work, too."""


def is_idle(metrics: str) -> bool | None:
    """Whether nobody but the one who asks has a request in work; None when the metrics do not say."""
    working = _value(metrics, _WORKING_THREADS)
    if working is None:
        return None
    return working <= _OUR_OWN and not _value(metrics, _QUERIES)


def _value(metrics: str, name: str) -> float | None:
    """The sum of a metric's samples, with labels or without."""
    found = None
    for line in metrics.splitlines():
        if line.startswith(name) and line[len(name) : len(name) + 1] in (" ", "{"):
            try:
                found = (found or 0.0) + float(line.rpartition("}")[2].split()[0 if "}" in line else 1])
            except (IndexError, ValueError):
                continue
    return found
