"""Measures what a test saves that starts from a dataset, against one that inserts the same documents itself.

    python3 bench/dataset/measure.py [--rounds N] [--bazel tools/bazel] [--output_user_root DIR]

In each round, interleaved, the launchers of both tests, without Bazel; and once what the build action of the dataset
runs. Prints a table of medians.
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

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = "bench/dataset"
TOPOLOGIES = ("single", "cluster")
DOCUMENTS = (1000, 20000, 100000)
VARIANTS = ("seeded", "from_dataset")


def run(argv: list[str], env: dict[str, str]) -> float:
    """Runs a command; answers how long it took. Ends the program when it fails."""
    began_s = time.perf_counter()
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    took_s = time.perf_counter() - began_s
    if done.returncode:
        sys.exit(f"{' '.join(argv)}\nfailed with {done.returncode}:\n{done.stdout}")
    return took_s


def test_s(launcher: Path, scratch: Path) -> float:
    """One run of a test's launcher, with the environment that Bazel would give it."""
    for name in ("tmp", "outputs"):
        (scratch / name).mkdir()
    env = {
        **os.environ,
        "TEST_SRCDIR": f"{launcher}.runfiles",
        "TEST_TMPDIR": str(scratch / "tmp"),
        "TEST_UNDECLARED_OUTPUTS_DIR": str(scratch / "outputs"),
    }
    return run([str(launcher)], env)


def row(bin_directory: Path, topology: str, count: int, rounds: int) -> str:
    """One row of the table."""
    name = f"{topology}_{count}"
    samples: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for _ in range(rounds):
        for variant in VARIANTS:
            with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
                samples[variant].append(test_s(bin_directory / f"{name}_{variant}", Path(scratch)))
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        action_s = run([str(bin_directory / f"{name}.seeding"), "--output", f"{scratch}/x.tar"], dict(os.environ))
    size_mb = (bin_directory / f"{name}.tar").stat().st_size / 1e6
    seeded, started = (statistics.median(samples[variant]) for variant in VARIANTS)
    numbers = [seeded, started, started / seeded, action_s]
    return f"| {topology} | {count} | {' | '.join(f'{number:.2f}' for number in numbers)} | {size_mb:.1f} |"


def main() -> None:
    """Builds, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bazel", default=str(REPOSITORY / "tools/bazel"))
    parser.add_argument("--output_user_root", help="of Bazel")
    options = parser.parse_args()
    bazel = [options.bazel, *([f"--output_user_root={options.output_user_root}"] if options.output_user_root else [])]
    names = [f"{topology}_{count}" for topology in TOPOLOGIES for count in DOCUMENTS]
    targets = [f"//{PACKAGE}:{name}_{variant}" for name in names for variant in VARIANTS]
    subprocess.check_call([*bazel, "build", "--experimental_convenience_symlinks=ignore", *targets], cwd=REPOSITORY)
    found = subprocess.check_output([*bazel, "info", "bazel-bin"], cwd=REPOSITORY, text=True).strip()
    print(f"{options.rounds} rounds, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(
        "| deployment | documents | inserted by the test s | from a dataset s | ratio | action, once s | archive MB |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for topology in TOPOLOGIES:
        for count in DOCUMENTS:
            print(row(Path(found) / PACKAGE, topology, count, options.rounds), flush=True)


if __name__ == "__main__":
    main()
