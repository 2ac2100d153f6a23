"""Canaries of instrumented servers: a report of any sanitizer fails the run, whatever the exit code says."""

from __future__ import annotations

from .canary import CORE, PASSES, Canary, of_server

_ASKS_FOR_IT = """\
def test_a(arango_single_server):
    os.kill(arango_single_server.only_server.pid, signal.SIGUSR1)
    evidence = os.path.join(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"], "servers", "single-1", "1")
    end_s = time.monotonic() + 30
    while not any(name.startswith("sanitizer.") for name in os.listdir(evidence)) and time.monotonic() < end_s:
        time.sleep(0.01)
    time.sleep(0.1)
"""


def _canary(name: str, what: str, headline: str, *, test: str, shown: str, **more: str) -> Canary:
    return Canary(
        name=name,
        what=what,
        test=test,
        headline=headline,
        outcome="crashed",
        exit_code=6,
        cases={"sanitizer_report.single-1": "error", "test_a": "passed", **more},
        files=of_server("sanitizer.…"),
        shown={"sanitizer_report.single-1": (shown,)},
        server=name,
    )


SANITIZER_CANARIES = (
    _canary(
        "asan",
        "AddressSanitizer reports an error",
        "single-1: AddressSanitizer: heap-use-after-free in mistakes::use_after_free…arangod_wrapper.cpp:… "
        "during suite/asan_test.py::test_a",
        test=_ASKS_FOR_IT,
        shown="freed by thread",
    ),
    _canary(
        "lsan",
        "LeakSanitizer reports memory that was forgotten",
        "single-1: LeakSanitizer: direct leak of 64 bytes in 1 objects in "
        "mistakes::forget_memory…arangod_wrapper.cpp:… at exit",
        test=PASSES,
        shown="Direct leak of 64 byte(s)",
    ),
    _canary(
        "ubsan",
        "UndefinedBehaviorSanitizer reports a runtime error",
        "single-1: UndefinedBehaviorSanitizer: signed integer overflow: 2147483647 + 1 cannot be represented in type "
        "'int' in mistakes::overflow_a_number…arangod_wrapper.cpp:… during suite/ubsan_test.py::test_a",
        test=_ASKS_FOR_IT,
        shown="runtime error: signed integer overflow",
    ),
    _canary(
        "tsan",
        "ThreadSanitizer reports a data race",
        "single-1: ThreadSanitizer: data race in mistakes::write_without_lock…arangod_wrapper.cpp:… "
        "during suite/tsan_test.py::test_a",
        test=_ASKS_FOR_IT,
        shown="Previous write of size 4",
        # the runtime ends the process with an exit code of its own
        **{"server_stop_failed.single-1": "failure"},
    ),
    Canary(
        name="crash_in_stop",
        what="a server crashes while it stops",
        test=PASSES,
        headline="single-1 did not end cleanly when it was stopped: signal 6 (SIGABRT) in "
        "mistakes::abort_in_stop…arangod_wrapper.cpp:…",
        outcome="crashed",
        exit_code=4,
        cases={"server_stop_failed.single-1": "error", "test_a": "passed"},
        files=of_server(*CORE),
        server="aborting",
    ),
)
"""Their servers are compiled while the test runs, see instrumented_server.py."""
