"""How long cases take: the file of a target's attribute `timings`, a JSON object from node id to seconds."""

from __future__ import annotations

import json
import math

from ..errors import SpecError


def parse_timings(text: str, path: str) -> dict[str, float]:
    """Seconds by node id; raises `SpecError` naming the file and what is wrong with it."""
    expected = f"expected one JSON object of node ids and seconds in {path} (attribute `timings`)"
    advice = "`bazel run @armadillo//tools/timings:update` writes one"
    try:
        loaded = json.loads(text)
    except ValueError as error:
        raise SpecError(f"{expected}, found no JSON ({error}); {advice}") from error
    if not isinstance(loaded, dict):
        raise SpecError(f"{expected}, found a {type(loaded).__name__}; {advice}")
    for node_id, seconds in loaded.items():
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not is_number or not math.isfinite(seconds) or seconds < 0:
            raise SpecError(f"{expected}, found {json.dumps(seconds)} for {node_id}; {advice}")
    return {node_id: float(seconds) for node_id, seconds in loaded.items()}


def render_timings(timings: dict[str, float]) -> str:
    """The file's text: one case a line, sorted, so that a change is one line of a diff."""
    return json.dumps(timings, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
