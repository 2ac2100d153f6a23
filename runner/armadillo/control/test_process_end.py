"""What the end of the test process says beside the cases; failed cases speak for themselves."""

from __future__ import annotations

from collections.abc import Sequence

from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome
from ..process import stop_ladder
from ..results.findings import finding_event
from ..results.run_record import RunRecord
from ..results.verdict import decide

_OK = 0
_TESTS_FAILED = 1
_NO_TESTS = 5
_MEANINGS = {
    2: "interrupted",
    3: "internal error of pytest or a plug-in",
    4: "wrong usage of pytest (by --test_arg, pytest_args or PYTEST_ADDOPTS)",
}


def finding_about_end(record: RunRecord, status: int, srcs: Sequence[str]) -> result_pb2.Finding | None:
    """The finding about a test process that ended by itself with pytest's exit code or by a signal; None for none."""
    found = _found(record, status, srcs)
    return found.finding if found is not None else None


def _found(record: RunRecord, status: int, srcs: Sequence[str]) -> result_pb2.Event | None:
    how = stop_ladder.describe_status(status)
    running = record.running_case()
    if status < 0 or running:
        during = f" during {running}" if running else ""
        if status < 0:
            message = f"the test process died{during}: {stop_ladder.explain_status(status)}"
        else:
            message = f"the test process ended itself{during}: {how}, as by os._exit()"
        return finding_event("test_process_died", Outcome.CRASHED, message, node_id=running)
    if not record.was_collected:
        why = _MEANINGS.get(status, "")
        message = f"the test process ended with {how}{f', {why},' if why else ''} before it reported its cases; "
        message += "test.log says why"
        return finding_event("test_process_failed", Outcome.ERROR, message)
    if status == _NO_TESTS and not record.cases:
        message = f"no test was found in {', '.join(srcs)}; pytest collects functions named test_* and classes Test*"
        return None if record.is_empty_shard or record.findings else finding_event("no_cases", Outcome.FAILED, message)
    if status == _OK or not decide(record).outcome.is_good:
        return None
    if status == _TESTS_FAILED:
        message = "pytest reports a failure, but no case failed"
        return finding_event("test_process_failed", Outcome.FAILED, message)
    what = _MEANINGS.get(status, "an unknown exit code of pytest")
    message = f"the test process ended with {how}: {what}; see test.log"
    return finding_event("test_process_failed", Outcome.ERROR, message)
