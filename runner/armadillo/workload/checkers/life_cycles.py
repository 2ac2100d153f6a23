"""Documents from insert to removal: no acknowledged write is lost, no removed document comes back.

Kinds: "insert", "replace" (`value` is unique among the key's values), "remove" (no value), "read" (`result` is the
value, None when there is no document) and "read_all" (`result` is a list of `[key, value]`). A key is written by one
client at a time; anybody may read it. A write that was refused because the document was there, or was not (`result` is
"present" or "absent"), is a read of that.

A read may tell the last write that was acknowledged before it began, any write that was under way since, and any
write in doubt that had begun: such a request may take effect at any later time. Everything else is an anomaly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..anomaly import ABORTED, LOST, NOWHERE, OWN_WRITE, RESURRECTED, STALE, Findings, told
from ..history import History
from ..operation import Operation

PRESENT = "present"
ABSENT = "absent"
_WRITES = ("insert", "replace", "remove")


class _Seen(NamedTuple):
    """What an operation saw of a key: a value, None, or only that there is something (`PRESENT`)."""

    operation: Operation
    value: Any
    only_presence: bool


def check_life_cycles(history: History) -> Findings:
    """Checks each key by itself, and tells the first anomaly of each."""
    findings = Findings()
    writes: dict[str, list[Operation]] = defaultdict(list)
    seen: dict[str, list[_Seen]] = defaultdict(list)
    whole: list[tuple[Operation, dict[str, Any]]] = []
    for operation in history.operations:
        if operation.kind in _WRITES:
            writes[operation.key].append(operation)
            if operation.is_failed and operation.result in (PRESENT, ABSENT):
                seen[operation.key].append(_Seen(operation, None, operation.result == PRESENT))
        elif operation.is_ok and operation.kind == "read":
            seen[operation.key].append(_Seen(operation, operation.result, False))
        elif operation.is_ok and operation.kind == "read_all":
            whole.append((operation, dict(operation.result)))
    keys = set(writes) | set(seen) | {key for _, contents in whole for key in contents}
    for key in sorted(keys):
        of_key = seen[key] + [_Seen(operation, contents.get(key), False) for operation, contents in whole]
        of_key.sort(key=lambda one: one.operation.invoked_ns)
        _check_key(history, key, writes[key], of_key, findings)
    return findings


def _check_key(
    history: History, key: str, writes: Sequence[Operation], seen: Sequence[_Seen], findings: Findings
) -> None:
    by_value = {one.value: one for one in writes if one.kind != "remove"}
    possible = [one for one in writes if not one.is_failed]
    for one in seen:
        last, candidates = _candidates(possible, one.operation)
        if _fits(one, last, candidates):
            continue
        writer = by_value.get(one.value) if one.value is not None else None
        name, also = _name(one, last, writer, seen)
        what = f"the document {key!r}: " if one.operation.kind == "read_all" else ""
        parts = [told(history, part) for part in (writer, last) if part is not None]
        told_read = told(history, one.operation) if not what else _whole(history, one)
        findings.add(
            name,
            f"{what}{'; then '.join(parts)}{'; yet ' if parts else ''}{told_read}",
            *[part for part in (writer, last, one.operation, also) if part is not None],
            subject=one.operation,
        )
        return


def _candidates(writes: Sequence[Operation], reader: Operation) -> tuple[Operation | None, list[Operation]]:
    """The last write that was acknowledged before the reader began, and those that may have happened since."""
    ended_ns = reader.completed_ns or 0
    last = None
    for write in writes:
        if write.acknowledged_ns < reader.invoked_ns and (last is None or write.invoked_ns > last.invoked_ns):
            last = write
    since = [
        write
        for write in writes
        if write is not last
        and write.invoked_ns < ended_ns
        and (write.is_unknown or write.acknowledged_ns >= reader.invoked_ns)
    ]
    return last, since


def _state(write: Operation | None) -> Any:
    return None if write is None or write.kind == "remove" else write.value


def _fits(one: _Seen, last: Operation | None, since: Sequence[Operation]) -> bool:
    states = [_state(last), *(_state(write) for write in since)]
    if one.only_presence:
        return any(state is not None for state in states)
    return one.value in states


def _name(
    one: _Seen, last: Operation | None, writer: Operation | None, seen: Sequence[_Seen]
) -> tuple[str, Operation | None]:
    """The broken promise, and another operation that belongs to the proof."""
    reader = one.operation
    if writer is not None and writer.is_failed:
        return ABORTED, None
    if one.value is not None and (writer is None or writer.invoked_ns > (reader.completed_ns or 0)):
        return NOWHERE, None
    if last is None:
        return NOWHERE, None
    if last.kind == "remove":
        return RESURRECTED, None
    later = next(_readers(last, reader, seen), None)
    if later is None:
        return LOST, None
    return OWN_WRITE if reader.process == last.process else STALE, later


def _readers(write: Operation, reader: Operation, seen: Sequence[_Seen]) -> Iterator[Operation]:
    """Who read a write after the reader had missed it."""
    for one in seen:
        if one.operation.invoked_ns > reader.invoked_ns and one.value is not None and one.value == write.value:
            yield one.operation


def _whole(history: History, one: _Seen) -> str:
    reader = one.operation
    through = f" through {reader.through}" if reader.through else ""
    what = "it is not there" if one.value is None else f"its value is {one.value!r}"
    return f"{what} when client {reader.process} read everything{through} at {history.second(reader.invoked_ns)}"
