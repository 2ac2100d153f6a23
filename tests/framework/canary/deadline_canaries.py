"""Canaries of time: whatever hangs, the run ends itself, and says who waits."""

from __future__ import annotations

from .canary import HANG, PASSES, SNAPSHOT, Canary, of_server

_SHORT = ("--test_timeout=12",)
_TIME_IS_UP = "the run's time is up after 7 s (Bazel's limit is 12 s)"
_FILES = (*of_server(), *HANG, *SNAPSHOT)

DEADLINE_CANARIES = (
    Canary(
        name="hangs_before_cases",
        what="a test file hangs while it is imported",
        test=f"def forever():\n    time.sleep(3600)\n\n\nforever()\n\n\n{PASSES}",
        headline=f"{_TIME_IS_UP} before the first case: the test waits in hangs_before_cases_test.py:11 in forever",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error"},
        files=_FILES,
        flags=_SHORT,
    ),
    Canary(
        name="hangs_in_fixture",
        what="a fixture hangs",
        test="@pytest.fixture\ndef table(arango):\n    time.sleep(3600)\n\n\ndef test_a(table):\n    pass\n",
        headline=f"{_TIME_IS_UP} during suite/hangs_in_fixture_test.py::test_a: "
        "the test waits in hangs_in_fixture_test.py:12 in table",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error", "test_a": "error"},
        files=_FILES,
        flags=_SHORT,
    ),
    Canary(
        name="hangs_in_case",
        what="a case hangs",
        test="def test_quick(arango):\n    pass\n\n\ndef test_slow(arango):\n    time.sleep(3600)\n",
        headline=f"{_TIME_IS_UP} during suite/hangs_in_case_test.py::test_slow: "
        "the test waits in hangs_in_case_test.py:15 in test_slow",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error", "test_quick": "passed", "test_slow": "error"},
        files=_FILES,
        flags=_SHORT,
    ),
    Canary(
        name="hangs_after_cases",
        what="the test process hangs after its last case",
        test="def forever():\n    time.sleep(3600)\n\n\ndef test_a(arango, request):\n"
        "    request.config.add_cleanup(forever)\n",
        headline=f"{_TIME_IS_UP} after the last case: the test waits in hangs_after_cases_test.py:11 in forever",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error", "test_a": "passed"},
        files=_FILES,
        flags=_SHORT,
    ),
    Canary(
        name="case_timeout",
        what="a case takes longer than `case_timeout_s`",
        test="def test_slow(arango):\n    time.sleep(3600)\n",
        attributes="case_timeout_s = 1",
        headline="a case took longer than 1 s during suite/case_timeout_test.py::test_slow: "
        "the test waits in case_timeout_test.py:11 in test_slow",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error", "test_slow": "error"},
        files=_FILES,
    ),
    Canary(
        name="async_case_hangs",
        what="an async case hangs: no thread of it does",
        test="async def test_a(arango):\n    import asyncio\n\n    await asyncio.Event().wait()\n",
        attributes="case_timeout_s = 1",
        headline="a case took longer than 1 s during suite/async_case_hangs_test.py::test_a: "
        "the test waits in async_case_hangs_test.py:13 in test_a",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error", "test_a": "error"},
        files=_FILES,
    ),
    Canary(
        name="async_fixture_hangs",
        what="an async fixture hangs",
        test="@pytest.fixture\nasync def table(arango):\n    import asyncio\n\n    await asyncio.Event().wait()\n"
        "    yield 1\n\n\nasync def test_a(table):\n    pass\n",
        attributes="case_timeout_s = 1",
        headline="a case took longer than 1 s during suite/async_fixture_hangs_test.py::test_a: "
        "the test waits in async_fixture_hangs_test.py:14 in table",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error", "test_a": "error"},
        files=_FILES,
    ),
    Canary(
        name="server_hangs",
        what="a server does not answer any more",
        test="async def test_a(arango):\n    await arango.client.put('/_admin/debug/hang?kind=accept')\n",
        attributes="case_timeout_s = 1",
        headline="a case took longer than 1 s during suite/server_hangs_test.py::test_a: single-1 does not answer…",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error", "test_a": "error"},
        # its metrics cannot be had any more
        files=(*of_server(), *HANG, *SNAPSHOT[1:]),
        may_be_missing=(SNAPSHOT[1],),  # if the case hangs the server before they were asked for
    ),
    Canary(
        name="bazel_timeout",
        what="Bazel's own limit passes, and it waits 3 s from SIGTERM to SIGKILL",
        test="def test_a(arango):\n    time.sleep(3600)\n",
        headline="…the run was ended from outside (SIGTERM) during suite/bazel_timeout_test.py::test_a…",
        status="TIMEOUT",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error", "test_a": "error"},
        files=_FILES,
        # the runner is told another limit, or it would end the run before Bazel does
        flags=("--test_timeout=5", "--local_termination_grace_seconds=3", "--run_under=env TEST_TIMEOUT=3600"),
    ),
)
"""Bazel's limit is 12 seconds where nothing else is said; the runner's own is then 7."""
