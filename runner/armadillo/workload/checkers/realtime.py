"""What had ended before something else began: the order of time, with as few edges as say all of it."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import Operation
from .graph import PROCESS, REALTIME, Graph


def add_realtime(graph: Graph, operations: Sequence[Operation]) -> None:
    """An edge from each operation to those that began after it was acknowledged, unless others between say it."""
    events = [(one.invoked_ns, 1, node) for node, one in enumerate(operations)]
    events += [(one.acknowledged_ns, 0, node) for node, one in enumerate(operations) if one.is_ok]
    ended: dict[int, None] = {}
    before: dict[int, list[int]] = {}
    for _, is_beginning, node in sorted(events):
        if is_beginning:
            before[node] = list(ended)
            for earlier in before[node]:
                graph.add(earlier, node, REALTIME)
        else:
            for earlier in before[node]:
                ended.pop(earlier, None)  # whatever comes after this one comes after that one, too
            ended[node] = None


def add_sessions(graph: Graph, operations: Sequence[Operation]) -> None:
    """An edge from each operation to the next one of the same process."""
    last: dict[int, int] = {}
    for node, one in enumerate(operations):
        if one.process in last:
            graph.add(last[one.process], node, PROCESS)
        last[one.process] = node
