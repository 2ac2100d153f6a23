"""The end of a run without processes: gate, verdict and report on runs that are made up, each in a fresh Python.

    python3 in_process.py clean <directory> | log <directory> <mebibytes> | many <directory>

Prints one line of JSON: seconds by step, and the greatest memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_LINE = "2023-11-14T22:13:{second:02d}Z [77-78] D INFO [{number:05x}] {{general}} {filling}\n"
_ERROR = "2023-11-14T22:13:{second:02d}Z [77-78] D ERROR [{number:05x}] {{general}} {filling}\n"
_ERROR_EVERY = 10_000
_LINES_OF_SMALL_LOGS = 200


def measure(what: str, directory: Path, mebibytes: int = 0) -> dict[str, float]:
    """Runs this file in a Python of its own and answers what it printed."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-s", "-S", "-P", __file__, what, str(directory), str(mebibytes)]
    answer: dict[str, float] = json.loads(subprocess.run(argv, env=env, check=True, capture_output=True).stdout)
    return answer


def write_log(path: Path, size_bytes: int) -> None:
    """A log of this size at least; each 10,000th line is an ERROR."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        number, written = 0, 0
        while written < size_bytes:
            number += 1
            line = _ERROR if number % _ERROR_EVERY == 0 else _LINE
            written += file.write(line.format(second=number % 60, number=number % 0xFFFFF, filling="x" * 60))


def end_of_run(events: list[Any], outputs: Path, servers: int) -> dict[str, float]:
    """What the runner does between the last server's end and its exit; imports that it makes then are in it."""
    from armadillo.arangodb.server_plan import ServerPlan
    from armadillo.control.gate import Check, run_checks
    from armadillo.model.role import Role
    from armadillo.results.hub import Hub
    from armadillo.results.verdict import decide
    from armadillo.supervision import Supervision  # noqa: F401 - what the runner has loaded by then

    plans = [ServerPlan(f"single-{n}", Role.SINGLE, "127.0.0.1", (), "", str(outputs / "servers"))
             for n in range(1, servers + 1)]  # fmt: skip
    hub = Hub(str(outputs), str(outputs / "test.xml"), live_xml=False)
    hub.publish(*events)
    began_s = time.perf_counter()

    async def look() -> list[Any]:
        from armadillo.control.log_check import log_findings

        return await asyncio.to_thread(log_findings, [plan.incarnation(1) for plan in plans], hub.record)

    asyncio.run(run_checks([Check("the servers' logs", look)], hub))
    decide(hub.record)
    checked_s = time.perf_counter()
    hub.finish()
    finished_s = time.perf_counter()
    from armadillo.report.run_report import write_run_report

    problems = write_run_report(hub.record, str(outputs))
    ended_s = time.perf_counter()
    if problems:
        sys.exit("\n".join(problems))
    return {
        "gate_s": checked_s - began_s,
        "vital_files_s": finished_s - checked_s,
        "report_s": ended_s - finished_s,
        "findings": len(hub.record.findings),
        "memory_mb": _peak_mb(),
    }


def _peak_mb() -> float:
    """VmHWM of proc(5): getrusage's ru_maxrss would tell the parent's memory, which it keeps over exec."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Makes the run up, then measures its end."""
    from tests.framework.runner.report.sample_runs import many_cases

    what, outputs, mebibytes = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    outputs.mkdir(parents=True, exist_ok=True)
    count = 5000 if what == "many" else 100
    events = [event for event in many_cases(count).events if event.WhichOneof("kind") != "run_finished"]
    servers = 8 if what == "clean" else 1
    for number in range(1, servers + 1):
        path = outputs / "servers" / f"single-{number}" / "1" / "arangod.log"
        size_bytes = mebibytes << 20 if what == "log" else _LINES_OF_SMALL_LOGS * 100
        write_log(path, size_bytes)
    print(json.dumps(end_of_run(events, outputs, servers)))


if __name__ == "__main__":
    main()
