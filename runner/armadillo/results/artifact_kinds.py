"""What the runner's own files among the outputs are; whatever else is there belongs to the tests."""

from __future__ import annotations

import fnmatch
import os

_KINDS = {
    "report.html": "the run for people: one page, opens from disk",
    "test.xml": "the cases, for Bazel, CI systems and IDEs; here where no Bazel says where it wants it",
    "index.json": "what each file is, and what of it was left out",
    "timeline.txt": "servers, faults, cases, requests, findings and ERROR lines in the order of time",
    "events.binpb": "event log: length-delimited armadillo_api.v1.Event messages",
    "results.json": "the run for programs",
    "arangod.log": "the server's own log",
    "output.log": "what the server wrote to stdout and stderr",
    "command_line.txt": "the words of the server's command line",
    "stacks.txt": "stacks of all threads from the core",
    "core.tar.*": "the core itself, packed with its holes left out",
    "sanitizer.*": "reports of a sanitizer",
    "program/test.xml": "what a test program that is no pytest wrote about its cases",
    "history/*.anomalies.txt": "what background clients saw that cannot be, with the operations involved",
    "history/*.jsonl*": "the operations of background clients: JSON lines, one for each beginning and each end",
    "client_tools/*/output.log": "what a client tool said",
    "client_tools/*/command_line.txt": "the words of a client tool's command line",
    "client_tools/*/sanitizer.*": "reports of a sanitizer in a client tool",
    "hang/hang.txt": "stacks of servers, test process and runner when the time was up",
    "hang/*.json": "what a server said it was doing when the time was up",
    "snapshot/metrics/*.before.txt": "a server's metrics before the first case",
    "snapshot/metrics/*.after.txt": "a server's metrics when the run had gone wrong",
    "snapshot/status.json": "what each server said of itself when the run had gone wrong",
    "snapshot/agency.json": "all of the agency when the run had gone wrong",
    "snapshot/differences.txt": "where plan and reality differed when the run had gone wrong",
    "coverage/*": "what an instrumented server or program counted and what could not be made LCOV of",
    "snapshot/*": "the deployment's own view of itself",
}
"""By path, or by name below ``servers/<name>/<incarnation>/``; the first match counts."""


def kind_of(path: str) -> str:
    """What a file is, by its path relative to the outputs; "" for one that is not the runner's."""
    name = os.path.basename(path) if owner_of(path) is not None else path
    return next((kind for pattern, kind in _KINDS.items() if fnmatch.fnmatchcase(name, pattern)), "")


def owner_of(path: str) -> tuple[str, int] | None:
    """Server and incarnation whose file it is; None for others. A test may put anything below ``servers/``, too."""
    parts = path.split(os.sep)
    is_servers = parts[0] == "servers" and len(parts) == 4 and parts[2].isdecimal()
    return (parts[1], int(parts[2])) if is_servers else None
