"""Canaries of faults: left in force, not to be had, not to be healed."""

from __future__ import annotations

from .canary import CORE, SNAPSHOT, Canary, of_server

_FILES = (*of_server(), *SNAPSHOT)

FAULT_CANARIES = (
    Canary(
        name="leaves_a_fault",
        what="a case leaves a fault in force",
        test='def test_a(arango, faults):\n    faults.blocking.suspend("single").start()\n\n\n'
        "def test_b(arango):\n    assert arango.blocking.version()\n",
        headline="suite/leaves_a_fault_test.py::test_a left fault-1 in force (process.suspend: single-1 frozen)",
        outcome="failed",
        exit_code=1,
        cases={"leak": "failure", "test_a": "passed", "test_b": "passed"},
        files=_FILES,
    ),
    Canary(
        name="fault_of_a_fixture",
        what="a fixture leaves a fault in force",
        test='@pytest.fixture(scope="module")\nasync def frozen(arango):\n'
        '    await arango.faults.suspend("single").start()\n\n\n'
        "def test_a(arango, frozen):\n    pass\n",
        headline="the fixture frozen (scope module) left fault-1 in force (process.suspend: single-1 frozen)",
        outcome="failed",
        exit_code=1,
        cases={"leak": "failure", "test_a": "passed"},
        files=_FILES,
    ),
    Canary(
        name="fault_cannot_be_had",
        what="a fault that server, machine or network cannot have skips the case",
        test='async def test_a(arango, faults):\n    async with faults.failure_point("X"):\n        pass\n\n\n'
        "def test_b(arango):\n    pass\n",
        attributes='server_args = ["--standin.failure-points=false"]',
        status="PASSED",
        headline="",
        outcome="passed",
        exit_code=0,
        cases={"test_a": "skipped", "test_b": "passed"},
        shown={"test_a": ("this fault cannot be had here: single-1 has no failure points",)},
    ),
    Canary(
        name="fault_cannot_be_healed",
        what="a server does not come back from a fault",
        test='def test_a(arango, faults):\n    with faults.blocking.kill("single"):\n        pass\n',
        attributes='server_args = ["--standin.crash-at=recovery:SIGSEGV"]',
        headline="single-1 died while starting during suite/fault_cannot_be_healed_test.py::test_a: signal 11 …",
        outcome="crashed",
        exit_code=4,
        cases={"server_start_failed.single-1": "error", "fault_unproved": "error", "test_a": "error"},
        shown={"fault_unproved": ("fault-1 (process.kill: single-1 killed) was healed", "could not be proved")},
        # Its end, the end of the case and the gate have tried.
        files=(
            *of_server(),
            *of_server(*CORE, incarnation=2),
            *of_server(*CORE, incarnation=3),
            "snapshot/status.json",
        ),
    ),
)
"""What is in force is healed and told, whoever left it."""
