"""`index.json`: what each file of the undeclared outputs is."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Sequence
from typing import Any

from ..model.outcome import Outcome
from .artifact_caps import Cut
from .atomic_file import write_atomically
from .run_record import RunRecord

INDEX_NAME = "index.json"

_KINDS = {
    "report.html": "the run for people: one page, opens from disk",
    "timeline.txt": "servers, faults, cases, requests, findings and ERROR lines in the order of time",
    "events.binpb": "event log: length-delimited armadillo_api.v1.Event messages",
    "results.json": "the run for programs",
    "arangod.log": "the server's own log",
    "output.log": "what the server wrote to stdout and stderr",
    "command_line.txt": "the words of the server's command line",
    "stacks.txt": "stacks of all threads from the core",
    "core.tar.*": "the core itself, packed with its holes left out",
    "sanitizer.*": "reports of a sanitizer",
    "history/*.anomalies.txt": "what background clients saw that cannot be, with the operations involved",
    "history/*.jsonl*": "the operations of background clients: JSON lines, one for each beginning and each end",
    "hang/hang.txt": "stacks of servers, test process and runner when the time was up",
    "hang/*.json": "what a server said it was doing when the time was up",
    "snapshot/metrics/*.before.txt": "a server's metrics before the first case",
    "snapshot/metrics/*.after.txt": "a server's metrics when the run had gone wrong",
    "snapshot/status.json": "what each server said of itself when the run had gone wrong",
    "snapshot/agency.json": "all of the agency when the run had gone wrong",
    "snapshot/differences.txt": "where plan and reality differed when the run had gone wrong",
    "snapshot/*": "the deployment's own view of itself",
}
"""By path, or by name below ``servers/<name>/<incarnation>/``; the first match counts."""


def write_index(record: RunRecord, outputs_directory: str, cuts: Sequence[Cut] = ()) -> None:
    """Writes the index of everything below the outputs' directory, atomically; `cuts` are told with their files."""
    finished = record.finished
    index: dict[str, Any] = {
        "schema_version": 1,
        "target": record.started.target,
        "outcome": Outcome(finished.outcome).name.lower() if finished else "unfinished",
        "headline": finished.headline if finished else "",
        "server_version": record.started.server_version,
        "server_standin": record.started.server_standin,
        "network_tier": record.started.network_tier,
        "network": {
            "tier": record.started.network_tier,
            "reason": record.started.network_tier_reason,
            "settings": dict(sorted(record.started.network_settings.items())),
            "shells": dict(record.started.network_shells),
        },
        "files": list_files(outputs_directory, cuts),
    }
    path = os.path.join(outputs_directory, INDEX_NAME)
    write_atomically(path, json.dumps(index, indent=2) + "\n")


def list_files(root: str, cuts: Sequence[Cut] = ()) -> list[dict[str, Any]]:
    """Path, size, kind and owner of each file; what was cut has `truncated`, what was removed stands there, too."""
    cut_by_path = {cut.path: cut for cut in cuts}
    found = {}
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            if not name.startswith(INDEX_NAME) and os.path.isfile(path):
                relative = os.path.relpath(path, root)
                found[relative] = os.path.getsize(path)
    for cut in cuts:
        found.setdefault(cut.path, 0)
    return [_entry(path, found[path], cut_by_path.get(path)) for path in sorted(found)]


def _entry(path: str, size_bytes: int, cut: Cut | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": path, "size_bytes": size_bytes}
    parts = path.split(os.sep)
    is_servers = parts[0] == "servers" and len(parts) == 4 and parts[2].isdecimal()  # a test may put anything there
    name = parts[-1] if is_servers else path
    kind = next((kind for pattern, kind in _KINDS.items() if fnmatch.fnmatchcase(name, pattern)), "")
    if kind:
        entry["kind"] = kind
    if is_servers:
        entry.update({"server": parts[1], "incarnation": int(parts[2])})
    if cut is not None:
        entry["truncated"] = {"original_bytes": cut.size_bytes, "left_out_bytes": cut.left_out_bytes}
    return entry
