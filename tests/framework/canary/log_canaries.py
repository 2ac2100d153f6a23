"""Canaries of what a server says or leaves while every case passes."""

from __future__ import annotations

from .canary import RECORD, SNAPSHOT, Canary, of_server

_ASKS = "async def test_a(arango):\n    for _ in range(200):\n        await arango.version()\n"
"""More requests than the runner makes before and after: the line comes while the case runs."""
_FILLS = """\
def test_a(arango):
    with pytest.raises(OSError, match="No space left"):
        with open(arango.outputs_directory + "/everything", "wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 12))
"""
_WAITS_FOR_THE_FINDING = """\
def test_a(arango):
    events = arango.outputs_directory + "/events.binpb"
    end_s = time.monotonic() + 120
    while time.monotonic() < end_s and b"cpu_spin" not in open(events, "rb").read():
        time.sleep(0.2)
"""
"""On a busy machine it comes late."""
_ON_SMALL_DISK = (
    '--run_under=unshare -rm sh -c \'mount -t tmpfs -o size=400k tmpfs "$TEST_UNDECLARED_OUTPUTS_DIR" && exec "$@"\' sh'
)
"""In a mount namespace of its own: what is in the file system is gone with the test."""
_ERROR = '"--standin.log-error-line=the table is gone"'
_LINE = "single-1 logged ERROR [57a1e] {general} the table is gone"

LOG_CANARIES = (
    Canary(
        name="error_line",
        what="a server logs an ERROR line that nothing allows",
        test=_ASKS,
        attributes=f'server_args = [{_ERROR}, "--standin.log-lines-at-request=100"]',
        headline=_LINE,
        outcome="failed",
        exit_code=1,
        cases={"log_error.single-1": "failure", "test_a": "passed"},
    ),
    Canary(
        name="fatal_line",
        what="a server logs a FATAL line",
        test=_ASKS,
        attributes='server_args = ["--standin.log-fatal-line=the disk is on fire"]',
        headline="single-1 logged FATAL [57a1e] {general} the disk is on fire",
        outcome="crashed",
        exit_code=4,
        cases={"log_fatal.single-1": "error", "test_a": "passed"},
    ),
    Canary(
        name="allowed_error_line",
        what="a server logs an ERROR line that `allowed_log_lines` allows",
        test=_ASKS,
        attributes=f'server_args = [{_ERROR}, "--standin.log-lines-at-request=100"], '
        'allowed_log_lines = {"the table is gone": "the test drops it"}',
        status="PASSED",
        headline="",
        outcome="passed",
        exit_code=0,
        cases={"log_error.single-1": "passed", "test_a": "passed"},
        warnings=(f"{_LINE} (allowed: the test drops it)",),
    ),
    Canary(
        name="spins",
        what="a server is busy while it works for nobody",
        test=_WAITS_FOR_THE_FINDING,
        attributes='server_args = ["--standin.spin=ready"], cpu_spin_percent = 10, cpu_spin_s = 2, '
        'monitor_findings = "fail"',
        headline="single-1 spins: busy for … s with … cores, although it serves no request, "
        "during suite/spins_test.py::test_a",
        outcome="failed",
        exit_code=1,
        cases={"cpu_spin.single-1": "failure", "test_a": "passed"},
        files=(*of_server(), *SNAPSHOT),
    ),
    Canary(
        name="leaves_a_database",
        what="a case leaves a database behind",
        test='async def test_a(arango):\n    await arango.create_database("forgotten")\n',
        headline='suite/leaves_a_database_test.py::test_a left behind database "forgotten"',
        outcome="failed",
        exit_code=1,
        cases={"leak": "failure", "test_a": "passed"},
        files=(*of_server(), *SNAPSHOT),
    ),
    Canary(
        name="fills_the_disk",
        what="the disk with the outputs is full",
        test=_FILLS,
        headline="results.json could not be written: No space left on device …",
        outcome="error",
        exit_code=7,
        cases={"infrastructure": "error", "test_a": "passed"},
        not_written=RECORD,
        files=(),
        flags=(_ON_SMALL_DISK,),
        mounts=True,
    ),
    Canary(
        name="unused_allowance",
        what="`allowed_log_lines` allows a line that did not come",
        test=_ASKS,
        attributes='allowed_log_lines = {"the table is gone": "the test drops it"}',
        status="PASSED",
        headline="",
        outcome="passed",
        exit_code=0,
        cases={"test_a": "passed"},
        warnings=("allowed_log_lines: nothing matched 'the table is gone'; remove it",),
    ),
)
"""What the gate finds at the end of a run."""
