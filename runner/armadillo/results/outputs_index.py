"""`index.json`: what each file of the undeclared outputs is."""

from __future__ import annotations

import json
import os
from typing import Any

from ..model.outcome import Outcome
from .atomic_file import write_atomically
from .run_record import RunRecord

INDEX_NAME = "index.json"

_KINDS = {
    "events.binpb": "event log: length-delimited armadillo_api.v1.Event messages",
    "results.json": "the run for programs",
    "arangod.log": "the server's own log",
    "output.log": "what the server wrote to stdout and stderr",
    "command_line.txt": "the words of the server's command line",
}


def write_index(record: RunRecord, outputs_directory: str) -> None:
    """Writes the index of everything below the outputs' directory, atomically."""
    finished = record.finished
    index: dict[str, Any] = {
        "schema_version": 1,
        "target": record.started.target,
        "outcome": Outcome(finished.outcome).name.lower() if finished else "unfinished",
        "headline": finished.headline if finished else "",
        "server_version": record.started.server_version,
        "server_standin": record.started.server_standin,
        "network_tier": record.started.network_tier,
        "files": list(_files(outputs_directory)),
    }
    path = os.path.join(outputs_directory, INDEX_NAME)
    write_atomically(path, json.dumps(index, indent=2) + "\n")


def _files(root: str) -> list[dict[str, Any]]:
    found = []
    for directory, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = os.path.join(directory, name)
            if name.startswith(INDEX_NAME) or not os.path.isfile(path):
                continue
            relative = os.path.relpath(path, root)
            entry: dict[str, Any] = {"path": relative, "size_bytes": os.path.getsize(path)}
            if name in _KINDS:
                entry["kind"] = _KINDS[name]
            parts = relative.split(os.sep)
            if parts[0] == "servers" and len(parts) == 4 and parts[2].isdecimal():  # a test may put anything there
                entry.update({"server": parts[1], "incarnation": int(parts[2])})
            found.append(entry)
    return found
