"""Measures what many test targets cost Bazel: arangodb_test beside the plainest Starlark test rule and py_test.

    python3 bench/analysis/measure.py [--numbers 1,100,1000] [--noop 100,1000] [--rounds N] [--bazel tools/bazel]

Prints two tables. Analysis: a new Bazel server each time, seconds of `bazel build --nobuild` (loading and analysis, no
action) by the clock and of all processors, then the heap after a full garbage collection; the kinds in turns, medians.
No-op: all actions of `bazel test` run once (the tests' own programs are replaced by one that passes: --run_under, with
the same inputs), then the seconds of `bazel test` with everything cached, by a server that has just done it and by a
new one.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workspace import KINDS, REPOSITORY, write_workspace

PASS = REPOSITORY / "bench/analysis/pass.sh"


class Bazel:
    """One Bazel with its own output root, in the workspace that is measured."""

    def __init__(self, program: str, root: Path, output: Path) -> None:
        self.root = root
        self.start = [program, f"--output_user_root={output}"]

    def __call__(self, command: str, *words: str) -> str:
        """Runs a command; answers what it printed. Ends the program when it fails."""
        argv = [*self.start, command, *words]
        if command in ("build", "test"):
            argv += ["--noshow_progress", "--color=no", "--experimental_convenience_symlinks=ignore"]
        done = subprocess.run(
            argv, cwd=self.root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(argv)}\nfailed with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def seconds(self, command: str, *words: str) -> float:
        """How long a command takes."""
        began_s = time.monotonic()
        self(command, *words)
        return time.monotonic() - began_s

    def processor_seconds(self) -> float:
        """Processor time that the server has taken so far: less than the clock's does it depend on what else runs."""
        stat = Path(f"/proc/{self('info', 'server_pid').strip()}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def heap_mb(self) -> float:
        """The server's heap after a full garbage collection, in MB."""
        return float(self("info", "used-heap-size-after-gc").strip().removesuffix("MB"))


def analysis(bazel: Bazel, kind: str, number: int) -> tuple[float, float, float]:
    """Seconds of loading and analysis by a new server, by the clock and of processors; its heap in MB."""
    bazel("shutdown")
    before_s = bazel.processor_seconds()
    took_s = bazel.seconds("build", "--nobuild", f"//{kind}_{number}/...")
    return took_s, bazel.processor_seconds() - before_s, bazel.heap_mb()


def no_op(bazel: Bazel, kind: str, number: int, rounds: int) -> tuple[float, float]:
    """Seconds of a test command with everything cached: by the server that did it, and by a new one (medians)."""
    words = (f"--run_under={PASS}", "--test_output=errors", f"//{kind}_{number}/...")
    bazel("test", *words)
    warm = [bazel.seconds("test", *words) for _ in range(rounds)]
    new = []
    for _ in range(rounds):
        bazel("shutdown")
        bazel("info", "release")
        new.append(bazel.seconds("test", *words))
    return statistics.median(warm), statistics.median(new)


def row(kind: str, number: int, values: list[float], plain: list[float], texts: list[str]) -> str:
    """One line of a table: each value with its ratio to the plain rule's."""
    cells = [
        f"{text.format(value)} | {value / base:.2f}" for value, base, text in zip(values, plain, texts, strict=True)
    ]
    return f"| {number:,} | {kind} | " + " | ".join(cells) + " |"


def analysis_table(bazel: Bazel, numbers: list[int], rounds: int) -> None:
    """Measures and prints the first table, one number of targets after the other."""
    print("\n| targets | rule | load + analysis s | ratio | processor s | ratio | heap MB | ratio |\n|" + " --- |" * 8)
    for number in numbers:
        samples: dict[str, list[tuple[float, float, float]]] = {kind: [] for kind in KINDS}
        for _ in range(rounds):
            for kind in KINDS:
                samples[kind].append(analysis(bazel, kind, number))
        medians = {kind: [statistics.median(column) for column in zip(*samples[kind], strict=True)] for kind in KINDS}
        for kind in KINDS:
            print(row(kind, number, medians[kind], medians["plain_test"], ["{:.2f}", "{:.2f}", "{:.0f}"]), flush=True)


def no_op_table(bazel: Bazel, numbers: list[int], rounds: int) -> None:
    """Measures and prints the second table."""
    print(
        "\n| targets | rule | no-op test s | ratio | by a new server s | ratio |\n| --- | --- | --- | --- | --- | --- |"
    )
    for number in numbers:
        medians = {kind: list(no_op(bazel, kind, number, rounds)) for kind in KINDS}
        for kind in KINDS:
            print(row(kind, number, medians[kind], medians["plain_test"], ["{:.2f}", "{:.2f}"]), flush=True)


def numbers_of(text: str) -> list[int]:
    """The numbers in a list with commas."""
    return [int(word) for word in text.split(",") if word]


def main() -> None:
    """Measures and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numbers", type=numbers_of, default=[1, 100, 1000], help="targets, for the first table")
    parser.add_argument("--noop", type=numbers_of, default=[100, 1000], help="targets, for the second table")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bazel", default=str(REPOSITORY / "tools/bazel"))
    parser.add_argument(
        "--folder", type=Path, help="where the workspace and Bazel's output are kept (default: neither)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="armadillo-analysis-") as scratch:
        folder = options.folder or Path(scratch)
        write_workspace(folder / "workspace", sorted({1, *options.numbers, *options.noop}))
        bazel = Bazel(options.bazel, folder / "workspace", folder / "output")
        for kind in KINDS:  # repositories are fetched before anything is measured
            bazel("build", "--nobuild", f"//{kind}_1/...")
        print(f"{bazel('info', 'release').strip()}, {os.cpu_count()} cores, {platform.platform()}")
        analysis_table(bazel, options.numbers, options.rounds)
        no_op_table(bazel, options.noop, options.rounds)
        bazel("shutdown")


if __name__ == "__main__":
    main()
