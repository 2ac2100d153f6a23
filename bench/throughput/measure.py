"""Measures how many targets a minute Bazel runs, by how many run at a time.

    python3 bench/throughput/measure.py [--jobs 1,2,4,8] [--rounds N] [--suites single_server,cluster]
                                        [--bazel tools/bazel] [--options=WORDS]

Sixteen targets of one case each, every one with a deployment of its own; the result cache is off, all is built. The
numbers of jobs are run in turns, medians over the rounds. Bazel takes the machine for a larger one: else the costs that
targets declare would keep a small one from running so many at a time. Success: every target passed.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TARGETS = 16
CPUS_OF_A_TARGET = 2
"""What docs/costs.md declares for a cluster of this size."""
SUITES = {"single_server": "a single server", "cluster": "a cluster of 4 servers"}


def seconds(start: list[str], suite: str, jobs: int) -> float:
    """How long all targets take. Ends the program when one fails."""
    argv = [*start, "test", f"//bench/throughput:{suite}", "--nocache_test_results", f"--local_test_jobs={jobs}"]
    argv += ["--noshow_progress", "--color=no", "--experimental_convenience_symlinks=ignore"]
    argv += [f"--local_cpu_resources={jobs * CPUS_OF_A_TARGET}"]
    began_s = time.monotonic()
    done = subprocess.run(argv, cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    took_s = time.monotonic() - began_s
    if done.returncode or f"Executed {TARGETS} out of {TARGETS} tests" not in done.stdout + done.stderr:
        sys.exit(f"{' '.join(argv)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return took_s


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", default="1,2,4,8", help="how many targets at a time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--suites", default=",".join(SUITES))
    parser.add_argument("--bazel", default=str(REPOSITORY / "tools/bazel"))
    parser.add_argument("--options", default="", help="startup options of Bazel, in one word")
    given = parser.parse_args()
    start = [given.bazel, *shlex.split(given.options)]
    all_jobs = [int(word) for word in given.jobs.split(",")]
    print(f"{os.cpu_count()} cores, {platform.platform()}\n")
    print(
        "| each target starts | targets at a time | targets per minute | of one at a time |\n| --- | --- | --- | --- |"
    )
    for suite in given.suites.split(","):
        seconds(start, suite, max(all_jobs))  # builds what is to be built
        samples: dict[int, list[float]] = {jobs: [] for jobs in all_jobs}
        for _ in range(given.rounds):
            for jobs in all_jobs:
                samples[jobs].append(TARGETS * 60 / seconds(start, suite, jobs))
        medians = {jobs: statistics.median(rates) for jobs, rates in samples.items()}
        for jobs, rate in medians.items():
            print(f"| {SUITES[suite]} | {jobs} | {rate:.0f} | {rate / medians[all_jobs[0]]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
