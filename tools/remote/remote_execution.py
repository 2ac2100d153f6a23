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
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from account import HERE, REMOTE, SERVED, judged
from bazel_client import Client
from build_events import TestFact
from service import remove, service

ENGINES = ("execution_service", "buildgrid_service")
TESTS_FAILED = 3
UNSERVED = "--noremote_accept_cached"
"""A store that is kept would serve the first run as well."""

# Label -> what its headline says and which output comes back with it.
BAD_LUCK = {
    "//tests/framework/worker:hanging_test": ("the run's time is up after", "hang/hang.txt"),
    "//tests/framework/worker:lab_test": ('network = "lab"', "index.json"),
}
BAD_LUCK_TIMEOUT_S = 15


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
        remove(folder)
    print(*problems, f"remote_execution: {'FAILED' if problems else 'good'}", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
