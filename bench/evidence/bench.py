"""Measures what judging and showing a run costs, and prints the table of README.md.

    tools/bazel run //bench/evidence:bench

BENCH_ROUNDS in the environment is the number of rounds (5); medians are printed. Success: everything was found.
"""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.evidence import in_process, page_opening, requests, with_servers

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
LOG_MB = 100


def medians(measure: Callable[[Path], dict[str, float]], folder: Path) -> dict[str, float]:
    """The median of each number over the rounds; every round has a directory of its own."""
    rounds = []
    for number in range(ROUNDS):
        directory = folder / str(number)
        directory.mkdir(parents=True)
        rounds.append(measure(directory))
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def rows(folder: Path) -> list[tuple[str, str, str]]:
    """What, measured, aim."""
    found = []
    clean = medians(lambda place: in_process.measure("clean", place), folder / "clean")
    found.append(("gate on a clean run, 8 servers: checks and verdict", f"{clean['gate_s'] * 1000:.0f} ms", "50 ms"))
    found.append(("... test.xml, results.json, index.json", f"{clean['vital_files_s'] * 1000:.0f} ms", ""))
    found.append(("... report.html, timeline.txt, final index", f"{clean['report_s'] * 1000:.0f} ms", "50 ms"))

    small = medians(lambda place: in_process.measure("log", place, 1), folder / "small")
    large = medians(lambda place: in_process.measure("log", place, LOG_MB), folder / "large")
    steps = ("gate_s", "vital_files_s", "report_s")
    more_s = sum(large[name] - small[name] for name in steps)
    found.append((f"a log of {LOG_MB} MB adds", f"{more_s:.2f} s", "1 s"))
    found.append(("... memory", f"{large['memory_mb'] - small['memory_mb']:.0f} MB", "50 MB"))
    assert large["findings"] > small["findings"], "the large log has ERROR lines"

    many = medians(lambda place: in_process.measure("many", place), folder / "many")
    found.append(("report of 5,000 cases is written", f"{many['report_s']:.2f} s", ""))
    if page_opening.chromium():
        openings = [page_opening.open_page(folder / "many/0/report.html", folder) for _ in range(ROUNDS)]
        opened_s = statistics.median(one.page_ms for one in openings) / 1000
        whole_s = statistics.median(one.chromium_ms for one in openings) / 1000
        found.append(("... opens in Chromium", f"{opened_s:.2f} s (with Chromium's own start {whole_s:.2f} s)", "2 s"))
    else:
        found.append(("... opens in Chromium", "not measured: no chromium on PATH", "2 s"))

    told = medians(requests.measure, folder / "requests")
    found.append(("a request of a test is told to the runner", f"{told['told_us']:.1f} µs", "20 µs"))
    found.append(("... and kept there", f"{told['kept_us']:.1f} µs, {told['log_bytes']:.0f} bytes", ""))

    program = with_servers.compile_program(folder)
    if program:
        crash = medians(lambda place: asyncio.run(with_servers.crash(place, program)), folder / "crash")
        text = f"{crash['total_s']:.2f} s (finding {crash['found_s']:.2f} s, files {crash['report_s']:.2f} s)"
        found.append(("crash of one of 8 servers of 60 MB to the finished report", text, "2 s"))
    hang = medians(lambda place: asyncio.run(with_servers.hang(place)), folder / "hang")
    found.append(("hang analysis of 8 servers", f"{hang['total_s']:.2f} s", "3 s"))
    return found


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything that was staged was found; the numbers are printed."""
    table = rows(tmp_path)
    with capsys.disabled():
        print(f"\n{ROUNDS} rounds, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
        print("| what | measured | aim |\n| --- | --- | --- |")
        for row in table:
            print(f"| {' | '.join(row)} |")
    assert len(table) >= 8
