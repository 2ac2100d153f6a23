"""Canaries of the tests themselves: cases that fail, files that cannot be read, a test process that dies."""

from __future__ import annotations

from .canary import HANG, SNAPSHOT, Canary, of_server

_FILES = (*of_server(), *SNAPSHOT)

CASE_CANARIES = (
    Canary(
        name="fails",
        what="an assertion fails",
        test='def test_good(arango):\n    pass\n\n\ndef test_bad(arango):\n    print("said before")\n'
        '    left = 1\n    assert left + 1 == 3, "the sum is off"\n',
        headline="suite/fails_test.py::test_bad: AssertionError: the sum is off (assert (1 + 1) == 3)",
        outcome="failed",
        exit_code=1,
        cases={"test_good": "passed", "test_bad": "failure"},
        shown={
            "test_bad": (
                "assert left + 1 == 3",
                "said before",
                "repeat it: bazel test //suite:fails_test --test_filter='suite/fails_test.py::test_bad' --test_env=",
            )
        },
        files=_FILES,
    ),
    Canary(
        name="flaky",
        what="a case fails, and passes when `case_attempts` lets it be tried again",
        test="TRIES = []\n\n\ndef test_a(arango):\n    TRIES.append(1)\n"
        '    print("said before")\n    assert len(TRIES) == 2, "not yet"\n',
        attributes="case_attempts = 2",
        status="PASSED",
        headline="",
        outcome="flaky",
        exit_code=0,
        cases={"test_a": "passed"},
        shown={"test_a": ("flaky: passed at attempt 2 of 2", "assert len(TRIES) == 2", "said before")},
        warnings=(
            "suite/flaky_test.py::test_a is flaky: passed at attempt 2 of 2, "
            "failed at attempt 1: AssertionError: not yet (assert 1 == 2)",
        ),
    ),
    Canary(
        name="server_dies_before_the_failure",
        what="a case with attempts left fails because its server died: it is not tried again",
        test="TRIES = []\n\n\ndef test_a(arango_single_server):\n    server = arango_single_server.only_server\n"
        "    TRIES.append(1)\n    os.kill(server.pid, signal.SIGKILL)\n    server.blocking.wait_until_exited()\n"
        "    assert len(TRIES) == 2\n",
        attributes="case_attempts = 2",
        headline="single-1 died unasked during suite/server_dies_before_the_failure_test.py::test_a: "
        "signal 9 (SIGKILL), by whoever killed it, or by the kernel because memory was short",
        outcome="crashed",
        exit_code=4,
        cases={"server_died.single-1": "error", "test_a": "failure"},
        files=(*of_server(), *of_server(incarnation=2), *SNAPSHOT),
    ),
    Canary(
        name="fixture_fails",
        what="a fixture fails",
        test="@pytest.fixture\ndef table(arango):\n    raise RuntimeError('no table to be had')\n\n\n"
        "def test_a(table):\n    pass\n",
        headline="suite/fixture_fails_test.py::test_a: RuntimeError: no table to be had",
        outcome="error",
        exit_code=3,
        cases={"test_a": "error"},
        shown={"test_a": ("raise RuntimeError",)},
        files=_FILES,
    ),
    Canary(
        name="syntax_error",
        what="a test file cannot be imported",
        test="def test_a(:\n    pass\n",
        headline="suite/syntax_error_test.py could not be collected: SyntaxError: invalid syntax",
        outcome="error",
        exit_code=3,
        cases={"suite/syntax_error_test.py": "error"},
        shown={"suite/syntax_error_test.py": ("def test_a(:", "SyntaxError")},
        files=_FILES,
        may_be_missing=SNAPSHOT,
    ),
    Canary(
        name="no_test",
        what="a file has no test",
        test="def helper():\n    pass\n",
        headline="suite/no_test_test.py could not be collected: no test was found…",
        outcome="error",
        exit_code=3,
        cases={"suite/no_test_test.py": "error", "no_cases": "failure"},
        files=_FILES,
        may_be_missing=SNAPSHOT,
    ),
    Canary(
        name="no_such_case",
        what="a case is asked for that is not there",
        test="def test_alpha(arango):\n    pass\n",
        attributes='pytest_args = ["test_aplha"]',
        headline="no case fits 'test_aplha'; nearest: suite/no_such_case_test.py::test_alpha. "
        "docs/selecting_and_sharding.md has the grammar",
        outcome="error",
        exit_code=3,
        cases={"selection": "error"},
        files=_FILES,
        may_be_missing=SNAPSHOT,
    ),
    Canary(
        name="exits_inside",
        what="a test ends its process, say by `os._exit(0)`",
        test="def test_a(arango):\n    os._exit(0)\n\n\ndef test_b(arango):\n    pass\n",
        headline="the test process ended itself during suite/exits_inside_test.py::test_a: exit code 0, "
        "as by os._exit()",
        outcome="crashed",
        exit_code=4,
        cases={"test_process_died": "error", "test_a": "error", "test_b": "skipped"},
        files=_FILES,
    ),
    Canary(
        name="segfaults_inside",
        what="the test process crashes",
        test="def test_a(arango):\n    import ctypes\n\n    ctypes.string_at(0)\n",
        headline="the test process died during suite/segfaults_inside_test.py::test_a: signal 11 (SIGSEGV)",
        outcome="crashed",
        exit_code=4,
        cases={"test_process_died": "error", "test_a": "error"},
        files=_FILES,
    ),
    Canary(
        name="is_killed_inside",
        what="the test process is killed",
        test="def test_a(arango):\n    os.kill(os.getpid(), signal.SIGKILL)\n",
        headline="the test process died during suite/is_killed_inside_test.py::test_a: signal 9 (SIGKILL)"
        ", by whoever killed it, or by the kernel because memory was short",
        outcome="crashed",
        exit_code=4,
        cases={"test_process_died": "error", "test_a": "error"},
        files=_FILES,
    ),
    Canary(
        name="ends_early",
        what="the tests end before the last case",
        test='def test_a(arango, request):\n    request.session.shouldstop = "enough"\n\n\n'
        "def test_b(arango):\n    pass\n",
        headline="the tests ended before suite/ends_early_test.py::test_b: pytest was told to stop: enough",
        outcome="unknown",
        exit_code=1,
        cases={"run": "error", "test_a": "passed", "test_b": "skipped"},
        files=_FILES,
    ),
    Canary(
        name="runner_is_killed",
        what="the runner is killed by SIGKILL",
        test="def test_before(arango):\n    pass\n\n\ndef test_a(arango):\n    time.sleep(1)\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n    time.sleep(60)\n",
        headline="",
        outcome="",
        exit_code=-1,
        cases={"run": "error", "test_before": "passed", "test_a": "error"},
        first_problem="the runner ended before the run did, during suite/runner_is_killed_test.py::test_a",
        not_written=("index.json", "report.html", "results.json", "timeline.txt"),
    ),
    Canary(
        name="runner_is_terminated",
        what="the runner gets SIGTERM: somebody gave up the build",
        test="def test_a(arango):\n    os.kill(os.getppid(), signal.SIGTERM)\n    time.sleep(60)\n",
        headline="the run was ended from outside (SIGTERM) during suite/runner_is_terminated_test.py::test_a: "
        "the test waits in runner_is_terminated_test.py:12 in test_a",
        outcome="timeout",
        exit_code=5,
        cases={"hang": "error", "deadline": "error", "test_a": "error"},
        files=(*of_server(), *HANG, *SNAPSHOT),
    ),
)
"""Each ends in its own way while the server is well."""
