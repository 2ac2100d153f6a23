"""Whether a server works for anybody, from the text of its metrics."""

from __future__ import annotations

import pytest
from armadillo.arangodb.idleness import is_idle

PAGE = """# HELP arangodb_scheduler_num_working_threads Number of currently working scheduler threads.
# TYPE arangodb_scheduler_num_working_threads gauge
arangodb_scheduler_num_working_threads{{role="SINGLE",shortname="single"}} {working}
arangodb_scheduler_num_working_threads_total {other}
# TYPE arangodb_aql_current_query gauge
arangodb_aql_current_query {queries}
"""


@pytest.mark.parametrize(
    ("working", "queries", "expected"), [(0, 0, True), (1, 0, True), (2, 0, False), (1, 1, False), (9, 3, False)]
)
def test_idle_is_a_server_that_works_for_us_alone(working: int, queries: int, expected: bool) -> None:
    """One working thread is the one that tells the metrics; a running query may wait for others."""
    assert is_idle(PAGE.format(working=working, queries=queries, other=7)) is expected


@pytest.mark.parametrize("text", ["", "arangodb_aql_current_query 0\n", "arangodb_scheduler_num_working_threads x\n"])
def test_without_the_metric_nothing_is_known(text: str) -> None:
    """A server whose metrics cannot be had or do not say is not taken for idle."""
    assert is_idle(text) is None
