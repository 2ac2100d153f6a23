"""Measures what Armadillo and Bazel add to a bare server and bare pytest.

    python3 bench/startup/measure.py [--rounds N] [--bazel tools/bazel]

In each round, interleaved, on the same server binary: (a) plain pytest with a hand-written subprocess fixture, (b) the
runner without Bazel, (c) `bazel test` with the result cache off; for a single server and for 3 agents, 3 dbservers and
2 coordinators. Prints a table of medians and the ratios to (a). Success: every variant passed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
ARANGOD = "tools/arangod_standin/arangod"
TARGETS = {"single_server": "single_server_test", "cluster": "cluster_test"}


class Sample(NamedTuple):
    """One run: seconds from the command to the first case, to its end, and to the servers' own readiness."""

    first_case_s: float
    total_s: float
    servers_ready_s: float | None = None


def run(argv: list[str], env: dict[str, str], cwd: Path, log: Path) -> tuple[float, float]:
    """Runs a command; answers when it began and ended. Ends the program when it fails."""
    began_s = time.time()
    with open(log, "wb") as output:
        status = subprocess.call(argv, env=env, cwd=cwd, stdout=output, stderr=subprocess.STDOUT)
    ended_s = time.time()
    if status:
        sys.exit(f"{' '.join(argv)}\nfailed with {status}:\n{log.read_text(errors='replace')}")
    return began_s, ended_s


def plain(mode: str, scratch: Path, python: str, site_packages: str) -> Sample:
    """Variant (a)."""
    env = {
        **os.environ,
        "BENCH_MODE": mode,
        "BENCH_ARANGOD": str(REPOSITORY / "bazel-bin" / ARANGOD),
        "BENCH_STAMP": str(scratch / "stamp"),
        "PYTHONPATH": os.pathsep.join([site_packages, str(REPOSITORY / "bench/startup/plain")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    argv = [python, "-s", "-m", "pytest", "-q", "-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto", "--rootdir=."]
    argv += ["-p", "no:cacheprovider", f"--basetemp={scratch / 'base'}", "test_first_case.py"]
    began_s, ended_s = run(argv, env, REPOSITORY / "bench/startup/plain", scratch / "log")
    return Sample(float((scratch / "stamp").read_text()) - began_s, ended_s - began_s)


def runner(mode: str, scratch: Path) -> Sample:
    """Variant (b): the launcher that Bazel would start, with the environment of a test."""
    launcher = REPOSITORY / "bazel-bin/bench/startup" / TARGETS[mode]
    for name in ("tmp", "outputs"):
        (scratch / name).mkdir()
    env = {
        **os.environ,
        "TEST_SRCDIR": f"{launcher}.runfiles",
        "RUNFILES_DIR": f"{launcher}.runfiles",
        "TEST_TMPDIR": str(scratch / "tmp"),
        "TEST_UNDECLARED_OUTPUTS_DIR": str(scratch / "outputs"),
        "BENCH_STAMP": str(scratch / "stamp"),
    }
    began_s, ended_s = run([str(launcher)], env, scratch, scratch / "log")
    results = json.loads((scratch / "outputs/results.json").read_text())
    ready_s = max(server["ready_unix_ns"] for server in results["servers"]) / 1e9
    return Sample(float((scratch / "stamp").read_text()) - began_s, ended_s - began_s, ready_s - began_s)


def bazel(mode: str, scratch: Path, command: str) -> Sample:
    """Variant (c): the server of Bazel runs already, the target is built."""
    target = f"//bench/startup:{TARGETS[mode]}"
    stamp = scratch / "stamp"
    argv = [command, "test", target, "--nocache_test_results", f"--test_env=BENCH_STAMP={stamp}"]
    argv += [f"--sandbox_writable_path={scratch}"]
    began_s, ended_s = run(argv, dict(os.environ), REPOSITORY, scratch / "log")
    return Sample(float(stamp.read_text()) - began_s, ended_s - began_s)


def describe(samples: dict[str, list[Sample]], mode: str) -> list[str]:
    """Rows of the table for one mode."""
    base_first = statistics.median(sample.first_case_s for sample in samples["a"])
    base_total = statistics.median(sample.total_s for sample in samples["a"])
    rows = []
    for variant, title in (("a", "plain pytest"), ("b", "runner without Bazel"), ("c", "bazel test")):
        first = statistics.median(sample.first_case_s for sample in samples[variant])
        total = statistics.median(sample.total_s for sample in samples[variant])
        ready = [sample.servers_ready_s for sample in samples[variant] if sample.servers_ready_s is not None]
        after = f"{(first - statistics.median(ready)) * 1000:.0f}" if ready else ""
        rows.append(
            f"| {mode} | ({variant}) {title} | {first:.3f} | {first / base_first:.2f} | {total:.3f} "
            f"| {total / base_total:.2f} | {after} |"
        )
    return rows


def main() -> None:
    """Builds, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--bazel", default=str(REPOSITORY / "tools/bazel"))
    parser.add_argument("--only", choices=list(TARGETS), action="append", help="measure this deployment only")
    options = parser.parse_args()
    modes = options.only or list(TARGETS)
    targets = [f"//bench/startup:{TARGETS[mode]}" for mode in modes]
    subprocess.check_call([options.bazel, "build", "//tools/arangod_standin:arangod", *targets], cwd=REPOSITORY)
    launcher = (REPOSITORY / f"bazel-bin/bench/startup/{TARGETS[modes[0]]}").read_text()
    python = next(word.strip("'") for word in launcher.split() if "python3" in word and word.startswith("'/"))
    runfiles = REPOSITORY / f"bazel-bin/bench/startup/{TARGETS[modes[0]]}.runfiles"
    site_packages = str(next(runfiles.glob("*pydeps*/site-packages")))
    samples: dict[str, dict[str, list[Sample]]] = {mode: {"a": [], "b": [], "c": []} for mode in modes}
    for _ in range(options.rounds):
        for mode in modes:
            for variant in ("a", "b", "c"):
                scratch = Path(tempfile.mkdtemp(prefix="bench-"))
                if variant == "a":
                    sample = plain(mode, scratch, python, site_packages)
                elif variant == "b":
                    sample = runner(mode, scratch)
                else:
                    sample = bazel(mode, scratch, options.bazel)
                samples[mode][variant].append(sample)
                shutil.rmtree(scratch)
    print(f"{options.rounds} rounds, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print("| deployment | variant | first case s | ratio | total s | ratio | first case after readiness ms |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for mode, by_variant in samples.items():
        print("\n".join(describe(by_variant, mode)))


if __name__ == "__main__":
    main()
