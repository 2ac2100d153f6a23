"""The agency's key-value tree: what agents replicate and what every server of the cluster keeps a copy of.

A transaction is ``[operations, preconditions, client id]`` as in ``POST /_api/agency/write``; applying it is
deterministic.
"""

from __future__ import annotations

import copy
from typing import Any

Transaction = list[Any]
_MISSING: Any = object()
_REMEMBERED_CLIENTS = 4096


def split_path(path: str) -> list[str]:
    """Return the parts of ``/arango/Plan/...``."""
    return [part for part in path.split("/") if part]


def _related(path: str, other: str) -> bool:
    shorter, longer = sorted((split_path(path), split_path(other)), key=len)
    return longer[: len(shorter)] == shorter


class AgencyTree:
    """A nested dict with the agency's operations and preconditions."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._results: dict[str, int] = {}
        # When what was set with a time to live ends (wall clock of the leader that took the write), by path.
        self.expiries: dict[str, float] = {}
        # Who wants to be told of changes: addresses by path.
        self.observers: dict[str, list[str]] = {}

    # -- reading -----------------------------------------------------------------------------------------------------
    def get(self, path: str, default: Any = None) -> Any:
        """Return the value or subtree at a path (not a copy: do not change it)."""
        node: Any = self.root
        for part in split_path(path):
            if not isinstance(node, dict) or part not in node:
                return default
            node = node[part]
        return node

    def read(self, paths: list[str]) -> dict[str, Any]:
        """Return the subtrees at several paths, each below its full path."""
        result: dict[str, Any] = {}
        for path in paths:
            value = self.get(path, _MISSING)
            if value is _MISSING:
                continue
            parts = split_path(path)
            if not parts:
                return dict(self.root)
            node = result
            for part in parts[:-1]:
                node = node.setdefault(part, {})
            node[parts[-1]] = value
        return result

    # -- writing -----------------------------------------------------------------------------------------------------
    def apply(self, transaction: Transaction, index: int) -> int:
        """Carry out a transaction; return its index, 0 when a precondition failed; repeats give the first answer."""
        client = transaction[2] if len(transaction) > 2 else None
        if isinstance(client, str) and client and client in self._results:
            return self._results[client]
        fits = len(transaction) < 2 or self.fits(transaction[1])
        if fits:
            for path, operation in transaction[0].items():
                self._operate(path, operation)
        result = index if fits else 0
        if isinstance(client, str) and client:
            self._results[client] = result
            while len(self._results) > _REMEMBERED_CLIENTS:
                del self._results[next(iter(self._results))]
        return result

    def result_of(self, client: str) -> int | None:
        """Return the result of the transaction with a client id, None when it is not known."""
        return self._results.get(client)

    def fits(self, preconditions: Any) -> bool:
        """Say whether all preconditions hold."""
        if not isinstance(preconditions, dict):
            return True
        return all(self._holds(path, condition) for path, condition in preconditions.items())

    def _holds(self, path: str, condition: Any) -> bool:
        value = self.get(path, _MISSING)
        if not isinstance(condition, dict):
            return bool(value == condition)
        for name, wanted in condition.items():
            if name == "old" and value != wanted:
                return False
            if name == "oldNot" and value == wanted:
                return False
            if name == "oldEmpty" and (value is _MISSING) != bool(wanted):
                return False
            if name == "isArray" and isinstance(value, list) != bool(wanted):
                return False
            if name == "in" and not (isinstance(value, list) and wanted in value):
                return False
            if name == "notin" and isinstance(value, list) and wanted in value:
                return False
            if name == "intersectionEmpty" and isinstance(value, list) and any(item in value for item in wanted):
                return False
            if name == "expires" and self.expiries.get(path) != wanted:
                return False
        return True

    def _operate(self, path: str, operation: Any) -> None:
        parts = split_path(path)
        if isinstance(operation, dict) and "op" in operation:
            kind, new = operation["op"], copy.deepcopy(operation.get("new"))
        elif isinstance(operation, dict) and set(operation) == {"new"}:
            kind, new = "set", copy.deepcopy(operation["new"])
        else:
            kind, new = "set", copy.deepcopy(operation)
        if kind in ("observe", "unobserve"):
            self._observe(path, str(operation.get("url", "")), wanted=kind == "observe")
            return
        if kind in ("set", "delete"):
            self.expiries.pop(path, None)
            if isinstance(operation, dict) and "op" in operation and "expires" in operation:
                self.expiries[path] = operation["expires"]
        if not parts:
            if kind == "set" and isinstance(new, dict):
                self.root = new
            return
        if kind == "delete":
            self._delete(parts)
            return
        node = self.root
        for part in parts[:-1]:
            child = node.get(part)
            if not isinstance(child, dict):
                child = node[part] = {}
            node = child
        self._change(node, parts[-1], kind, new, operation)

    @staticmethod
    def _change(node: dict[str, Any], name: str, kind: str, new: Any, operation: Any) -> None:
        old = node.get(name)
        items = list(old) if isinstance(old, list) else []
        number = old if isinstance(old, (int, float)) and not isinstance(old, bool) else 0
        if kind == "set":
            node[name] = new
        elif kind in ("increment", "decrement"):
            step = operation.get("step", 1)
            node[name] = number + step if kind == "increment" else number - step
        elif kind == "push":
            node[name] = [*items, new]
        elif kind == "prepend":
            node[name] = [new, *items]
        elif kind == "pop":
            node[name] = items[:-1]
        elif kind == "shift":
            node[name] = items[1:]
        elif kind == "erase":
            node[name] = [item for item in items if item != operation.get("val", new)]
        elif kind == "replace":
            node[name] = [new if item == operation.get("val") else item for item in items]

    def _observe(self, path: str, url: str, *, wanted: bool) -> None:
        others = [known for known in self.observers.pop(path, []) if known != url]
        if wanted or others:
            self.observers[path] = [*others, *([url] if wanted else [])]

    def observed(self, operations: dict[str, Any]) -> list[tuple[str, str]]:
        """Return address and observed path of everybody whom operations concern."""
        return [
            (url, path)
            for path, urls in self.observers.items()
            if any(_related(path, changed) for changed in operations)
            for url in urls
        ]

    def _delete(self, parts: list[str]) -> None:
        node: Any = self.root
        for part in parts[:-1]:
            node = node.get(part) if isinstance(node, dict) else None
        if isinstance(node, dict):
            node.pop(parts[-1], None)

    # -- snapshots ---------------------------------------------------------------------------------------------------
    def dump(self) -> dict[str, Any]:
        """Return the whole state for a snapshot."""
        return {"root": self.root, "results": self._results, "expiries": self.expiries, "observers": self.observers}

    def load(self, state: dict[str, Any]) -> None:
        """Replace the whole state by a snapshot's."""
        self.root = state["root"]
        self._results = state.get("results", {})
        self.expiries = state.get("expiries", {})
        self.observers = state.get("observers", {})


def set_value(value: Any) -> dict[str, Any]:
    """Return the operation that sets a value."""
    return {"op": "set", "new": value}


DELETE: dict[str, Any] = {"op": "delete"}
INCREMENT: dict[str, Any] = {"op": "increment"}
