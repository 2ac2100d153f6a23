"""Which cases are this shard's: every shard works it out for itself, and all must find the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

_SHORTEST_S = 0.001
"""Even a case without any time counts, so that no shard stays empty while there are cases."""


def shard_of(node_ids: Sequence[str], index: int, total: int, timings: Mapping[str, float]) -> set[str]:
    """The cases of shard `index`, counted from 0.

    With timings the longest case goes first, each to the shard that has the least to do; a case that is not in there
    is taken for a middling one. Without, they are dealt out in turn. The order of collection does not matter, for it
    may differ between two processes: parameters may come from a set.
    """
    in_order = sorted(node_ids)
    known = [timings[node_id] for node_id in in_order if node_id in timings]
    if total <= 1 or not known:
        return set(in_order[index::total] if total > 1 else in_order)
    usual_s = median(known)
    seconds = {node_id: max(timings.get(node_id, usual_s), _SHORTEST_S) for node_id in in_order}
    loads = [0.0] * total
    mine = set()
    for node_id in sorted(in_order, key=lambda node_id: -seconds[node_id]):
        least = loads.index(min(loads))
        loads[least] += seconds[node_id]
        if least == index:
            mine.add(node_id)
    return mine
