"""`index.json`: what each file of the undeclared outputs is."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from ..model.outcome import Outcome
from .artifact_caps import Cut
from .artifact_kinds import kind_of, owner_of
from .atomic_file import write_atomically
from .run_record import RunRecord

INDEX_NAME = "index.json"


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
    kind = kind_of(path)
    if kind:
        entry["kind"] = kind
    owner = owner_of(path)
    if owner is not None:
        entry.update({"server": owner[0], "incarnation": owner[1]})
    if cut is not None:
        entry["truncated"] = {"original_bytes": cut.size_bytes, "left_out_bytes": cut.left_out_bytes}
    return entry
