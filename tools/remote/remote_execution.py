#!/usr/bin/env python3
"""remote_execution.py [target...]: runs tests by the Remote Execution API on this machine, and proves that it did.

Starts tools/remote/execution_service, runs the targets (//tests/smoke:all) on it, removes all outputs and runs them
again, which must execute nothing. Says of each test where it ran, what came back, and which network the worker had.
Exit code 0: all passed, were executed remotely, and came back whole. Needs bubblewrap and zip.

  --folder FOLDER    where service, store and Bazel's output are kept; a new one, removed at the end, unless given
  --options=WORDS    more options for `bazel test`, in one argument
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from build_events import TestFact, facts_of

HERE = Path(__file__).resolve().parent
START_TIMEOUT_S = 300
STOP_TIMEOUT_S = 30
PAUSE_S = 0.1
REMOTE = "remote"
SERVED = "remote cache hit"


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """The execution service on a free port; gives its URL."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    process = subprocess.Popen([str(HERE / "execution_service"), str(folder / "service"), str(port)])
    try:
        end_s = time.monotonic() + START_TIMEOUT_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end_s:
                sys.exit(
                    "remote_execution: expected the execution service to listen; it did not (its words stand above)"
                )
            time.sleep(PAUSE_S)
        yield f"grpc://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Client:
    """Bazel with an output folder of its own."""

    def __init__(self, folder: Path, url: str, options: list[str]) -> None:
        self.folder = folder
        self.bazel = [str(HERE.parent / "bazel"), f"--output_user_root={folder / 'bazel'}"]
        self.options = [
            f"--remote_executor={url}",
            "--experimental_convenience_symlinks=ignore",
            "--build_event_json_file_path_conversion=false",
            "--noshow_progress",
            *options,
        ]

    def test(self, targets: list[str]) -> dict[str, TestFact]:
        """Runs tests; ends the program when Bazel says that not all was good."""
        events = self.folder / "events.json"
        done = self.run("test", *targets, *self.options, f"--build_event_json_file={events}")
        if done:
            sys.exit(f"remote_execution: expected all tests to pass; Bazel ended with {done}")
        return facts_of(events)

    def run(self, *words: str) -> int:
        """Runs a command of Bazel; returns its exit code."""
        return subprocess.run(
            [*self.bazel, *words], cwd=HERE.parent.parent, stdin=subprocess.DEVNULL, check=False
        ).returncode


def problems_of(label: str, fact: TestFact, strategy: str) -> Iterator[str]:
    """What is not as it must be, in words."""
    if fact.strategy != strategy:
        yield f"{label}: expected {strategy!r}, found {fact.strategy or 'cached here'!r}"
    if not fact.cases:
        yield f"{label}: test.xml did not come back"
    if "index.json" not in fact.undeclared_outputs:
        yield f"{label}: undeclared outputs did not come back"


def told(label: str, fact: TestFact) -> str:
    """One line about a test."""
    network, reason = (fact.property_of(f"armadillo.network_tier{end}") for end in ("", "_reason"))
    left = f"{fact.cases} cases, {len(fact.undeclared_outputs)} undeclared outputs"
    return f"{label}: {fact.status}, {fact.strategy}; {left}; worker's network: {network} ({reason})"


def main() -> int:
    """Runs the targets twice and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", default=["//tests/smoke:all"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--options", default="")
    arguments = parser.parse_args()
    folder = (arguments.folder or Path(tempfile.mkdtemp(prefix="armadillo-remote."))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with service(folder) as url:
        client = Client(folder, url, arguments.options.split())
        try:
            for strategy in (REMOTE, SERVED):
                client.run("clean")
                # A store that is kept would serve the first run as well.
                fresh = ["--noremote_accept_cached"] if strategy == REMOTE else []
                facts = Client(folder, url, [*arguments.options.split(), *fresh]).test(arguments.targets)
                print(*(told(label, fact) for label, fact in facts.items()), sep="\n", flush=True)
                problems += [text for label, fact in facts.items() for text in problems_of(label, fact, strategy)]
        finally:
            client.run("shutdown")
    if not arguments.folder:
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
        shutil.rmtree(folder)
    print(*problems, f"remote_execution: {'FAILED' if problems else 'good'}", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
