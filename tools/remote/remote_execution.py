#!/usr/bin/env python3
"""remote_execution.py [target...]: runs tests by the Remote Execution API on this machine, and proves that it did.

Starts tools/remote/execution_service and runs the targets (//tests/smoke:all) on it. Then, each time with all outputs
removed: what workers executed serves a client of theirs, and one that executes here; what was executed here serves a
client of theirs; and two tests that cannot pass on a worker come back with words and evidence. Says of each test where
it ran, what came back, and which network it had. Exit code 0: all of that is so. Needs bubblewrap and zip.

  --folder FOLDER    where service, store and Bazel's output are kept; a new one, removed at the end, unless given
  --options=WORDS    more options for `bazel test`, in one argument
  --engine NAME      execution_service (buildbox-casd), or buildgrid_service: a scheduler with a worker of its own
  --executor URL     a service that runs already, instead of starting one: grpc://host:port
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from build_events import TestFact, facts_of
from service import service

ENGINES = ("execution_service", "buildgrid_service")
REMOTE = ("remote",)
SERVED = ("remote cache hit",)
HERE = ("linux-sandbox", "processwrapper-sandbox")
TESTS_FAILED = 3
UNSERVED = "--noremote_accept_cached"
"""A store that is kept would serve the first run as well."""

# Label -> what its headline says and which output comes back with it.
BAD_LUCK = {
    "//tests/framework/worker:hanging_test": ("the run's time is up after", "hang/hang.txt"),
    "//tests/framework/worker:lab_test": ('network = "lab"', "index.json"),
}
BAD_LUCK_TIMEOUT_S = 15


class Client:
    """Bazel with an output folder of its own."""

    def __init__(self, folder: Path, options: Sequence[str]) -> None:
        self.folder = folder
        self._tools = Path(__file__).resolve().parent.parent
        self._options = [
            "--experimental_convenience_symlinks=ignore",
            "--build_event_json_file_path_conversion=false",
            "--noshow_progress",
            *options,
        ]

    def test(self, targets: Sequence[str], *options: str, expected: int = 0) -> dict[str, TestFact]:
        """Runs tests after all outputs were removed; ends the program when Bazel's exit code is another one."""
        events = self.folder / "events.json"
        self.run("clean")
        done = self.run("test", *targets, *self._options, *options, f"--build_event_json_file={events}")
        if done != expected:
            sys.exit(f"remote_execution: expected Bazel to end with {expected}; it ended with {done}")
        return facts_of(events)

    def packed_outputs(self) -> list[str]:
        """The option by which undeclared outputs are one file, as they always are for Bazel 4.

        buildbox-casd forgets a result that came from a client and has a folder among its outputs.
        """
        said = subprocess.run(
            [str(self._tools / "bazel"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        return ["--zip_undeclared_test_outputs"] if re.match(r"bazel ([7-9]|[1-9]\d)\.", said) else []

    def run(self, *words: str) -> int:
        """Runs a command of Bazel; returns its exit code."""
        command = [str(self._tools / "bazel"), f"--output_user_root={self.folder / 'bazel'}", *words]
        return subprocess.run(command, cwd=self._tools.parent, stdin=subprocess.DEVNULL, check=False).returncode


def judged(what: str, facts: Mapping[str, TestFact], strategies: Sequence[str]) -> Iterator[str]:
    """Prints a line for each test; yields in words what is not as it must be."""
    print(f"--- {what}", *(told(label, fact) for label, fact in facts.items()), sep="\n", flush=True)
    for label, fact in facts.items():
        if fact.strategy not in strategies:
            expected = " or ".join(map(repr, strategies))
            yield f"{what}: {label}: expected {expected}, found {fact.strategy or 'cached here'!r}"
        if not fact.cases:
            yield f"{what}: {label}: test.xml did not come back"
        if "index.json" not in fact.undeclared_outputs:
            yield f"{what}: {label}: undeclared outputs did not come back"


def told(label: str, fact: TestFact) -> str:
    """One line about a test, and for one that failed the headline."""
    network, reason = (fact.property_of(f"armadillo.network_tier{end}") for end in ("", "_reason"))
    left = f"{fact.cases} cases, {len(fact.undeclared_outputs)} undeclared outputs"
    line = f"{label}: {fact.status}, {fact.strategy}; {left}; network: {network} ({reason})"
    headline = fact.property_of("armadillo.headline")
    return f"{line}\n    {headline}" if headline else line


def problems_of_bad_luck(facts: Mapping[str, TestFact]) -> Iterator[str]:
    """What is not as it must be with the tests that fail."""
    for label, (words, output) in BAD_LUCK.items():
        fact = facts[label]
        headline = fact.property_of("armadillo.headline")
        if fact.status != "FAILED":
            yield f"{label}: expected FAILED, found {fact.status}"
        if words not in headline:
            yield f"{label}: expected {words!r} in its headline, found {headline!r}"
        if output not in fact.undeclared_outputs:
            yield f"{label}: {output} did not come back"


def problems_with(client: Client, url: str, targets: Sequence[str]) -> Iterator[str]:
    """Runs everything; yields in words what is not as it must be."""
    worker, store = f"--remote_executor={url}", f"--remote_cache={url}"
    facts = client.test(targets, worker, UNSERVED)
    yield from judged("executed by workers", facts, REMOTE)
    yield from judged("the same client is served", client.test(targets, worker), SERVED)
    yield from judged("a client that executes here is served", client.test(targets, store), SERVED)

    one = sorted(facts)[-1:]
    # Nobody has run this before.
    unknown = [f"--test_env=ARMADILLO_RUN={uuid.uuid4()}", *client.packed_outputs()]
    yield from judged("executed here", client.test(one, store, *unknown), HERE)
    yield from judged("a client of workers is served", client.test(one, worker, *unknown), SERVED)

    timeout = f"--test_timeout={BAD_LUCK_TIMEOUT_S}"
    facts = client.test(list(BAD_LUCK), worker, timeout, "--test_output=summary", expected=TESTS_FAILED)
    yield from judged("cannot pass on a worker", facts, REMOTE)
    yield from problems_of_bad_luck(facts)


def main() -> int:
    """Runs everything and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", default=["//tests/smoke:all"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--options", default="")
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    parser.add_argument("--executor", default="")
    arguments = parser.parse_args()
    folder = (arguments.folder or Path(tempfile.mkdtemp(prefix="armadillo-remote."))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    client = Client(folder, arguments.options.split())
    running = nullcontext(arguments.executor) if arguments.executor else service(arguments.engine, folder / "service")
    with running as url:
        try:
            problems = list(problems_with(client, url, arguments.targets))
        finally:
            client.run("shutdown")
    if not arguments.folder:
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
        shutil.rmtree(folder)
    print(*problems, f"remote_execution: {'FAILED' if problems else 'good'}", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
