"""Measures recording and checking of histories, and prints the table of README.md.

    tools/bazel run //bench/lab:consistency_bench

BENCH_ROUNDS in the environment is the number of rounds (3); medians are printed. Success: what was planted was found,
and nothing else.
"""

from __future__ import annotations

import copy
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from armadillo.workload import anomaly
from armadillo.workload.check import check
from armadillo.workload.explanation import shrunk
from armadillo.workload.history import History

from bench.lab import history
from tests.framework.runner.workload import simulated

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
OPERATIONS = 100_000


def with_lost_append(whole: History) -> History:
    """The same history, but one acknowledged append is in no read."""
    operations = [copy.deepcopy(one) for one in whole.operations]
    lost = next(one for one in operations[OPERATIONS // 3 :] if one.is_ok and one.value[0][0] == "append")
    _, key, element = lost.value[0]
    for operation in operations:
        for kind, of_key, items in operation.result or ():
            if kind == "read" and of_key == key and element in items:
                items.remove(element)
    return whole.only(operations)


def seconds(work: Callable[[], object]) -> float:
    """The median time of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        work()
        rounds.append(time.perf_counter() - began_s)
    return statistics.median(rounds)


def rows(folder: Path) -> list[tuple[str, str, str]]:
    """What, measured, aim."""
    recorded = [history.measure(folder / str(number)) for number in range(ROUNDS)]
    median = {name: statistics.median(one[name] for one in recorded) for name in recorded[0]}
    found = [
        ("operations recorded, each in doubt until its end", f"{median['recorded_per_s']:,.0f}/s", "20,000/s"),
        (f"... {history.OPERATIONS:,} of them", f"{median['open_mb']:.1f} MB, closed {median['closed_mb']:.1f} MB", ""),
        ("... closed (compressed), read again", f"{median['close_s']:.2f} s, {median['read_s']:.2f} s", ""),
    ]
    single = simulated.list_append(OPERATIONS, seed=1, longest=1)
    several = simulated.list_append(OPERATIONS, seed=1, longest=4)
    values = simulated.registers(OPERATIONS, seed=1, keys=4, clients=8)
    for what, whole in (
        ("list-append, one step each", single),
        ("list-append, up to four steps each", several),
        ("four registers", values),
    ):
        assert not check(whole).anomalies
        found.append(
            (f"{OPERATIONS:,} operations checked: {what}", f"{seconds(lambda w=whole: check(w)):.1f} s", "30 s")
        )
    broken = with_lost_append(single)
    findings = check(broken)
    assert findings.names == {anomaly.LOST}
    assert len(shrunk(broken, findings)[0].operations) == 2
    found.append(("... with a lost append: found and explained", f"{seconds(lambda: _explain(broken)):.1f} s", "30 s"))
    return found


def _explain(broken: History) -> None:
    shrunk(broken, check(broken))


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was planted is found, clean histories are clean; the numbers are printed."""
    table = rows(tmp_path)
    with capsys.disabled():
        print(f"\n{ROUNDS} rounds, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
        print("| what | measured | aim |\n| --- | --- | --- |")
        for row in table:
            print(f"| {' | '.join(row)} |")
    assert len(table) == 7
