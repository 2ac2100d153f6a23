"""The meaning of document operations: pure with regard to the stored rows.

`Evaluation` looks at a collection through an overlay of pending changes and turns operations into results and effects.
Nothing is written here; the caller applies the effects (after replicating them, on a shard leader).

An operation is JSON-shaped, since coordinators send it to shard leaders:
``{"op": insert|replace|update|remove|read, "key": ..., "doc": ..., "rev": expected revision, "mode": overwrite mode}``.
A result holds ``key``, ``rev``, ``oldRev``, ``old``, ``new``, ``document``, or ``error`` and ``message``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError, message_of
from ..http.message import encode_json
from .clock import CLOCK
from .document_rules import rules_of
from .index_entries import index_entries
from .keys import check_key, make_key
from .sortkey import encode_value, shard_value

if TYPE_CHECKING:
    from .collection import Effect, StoredCollection

Operation = dict[str, Any]
Result = dict[str, Any]
_SYSTEM = ("_key", "_id", "_rev")


def merge_documents(old: dict[str, Any], patch: dict[str, Any], *, keep_null: bool, merge: bool) -> dict[str, Any]:
    """Return `old` patched as PATCH does: nested objects merge, nulls stay or remove."""
    result = dict(old)
    for name, value in patch.items():
        if value is None and not keep_null:
            result.pop(name, None)
        elif merge and isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merge_documents(result[name], value, keep_null=keep_null, merge=True)
        elif isinstance(value, dict) and not keep_null:
            result[name] = merge_documents({}, value, keep_null=False, merge=True)
        else:
            result[name] = value
    return result


class Evaluation:
    """Evaluates a batch of operations on one collection; `effects` is what must be applied afterwards."""

    def __init__(self, collection: StoredCollection) -> None:
        self.collection = collection
        self.effects: list[Effect] = []
        self._overlay: dict[str, tuple[str, dict[str, Any]] | None] = {}
        self._unique_added: dict[tuple[int, bytes], str] = {}
        self._unique_of: dict[str, list[tuple[int, bytes]]] = {}
        self._last_value = collection.last_value

    def run_all(self, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Evaluate operations one after the other; with the option ``atomic`` an error undoes the whole batch."""
        atomic = bool(options.get("atomic")) and len(operations) > 1
        before = self._state() if atomic else None
        results = []
        for operation in operations:
            result = self.run(operation, options)
            results.append(result)
            if "error" in result and options.get("atomic"):
                if before is not None:
                    self._undo(before)
                break
        return results

    def _state(self) -> tuple[int, dict[str, Any], dict[Any, str], dict[str, Any]]:
        return len(self.effects), dict(self._overlay), dict(self._unique_added), dict(self._unique_of)

    def _undo(self, state: tuple[int, dict[str, Any], dict[Any, str], dict[str, Any]]) -> None:
        del self.effects[state[0] :]
        now: tuple[dict[Any, Any], ...] = (self._overlay, self._unique_added, self._unique_of)
        for mine, before in zip(now, state[1:], strict=True):
            mine.clear()
            mine.update(before)

    # -- running transactions ----------------------------------------------------------------------------------------
    def _claim(self, key: str) -> None:
        """Make sure that this batch may write a key. Raises ArangoError 1200 if a running transaction has."""
        if self.collection.locks is not None:
            self.collection.locks.check_key(key, None)

    def _claim_value(self, index: dict[str, Any], slot: tuple[int, bytes]) -> None:
        """Make sure that this batch may write a value of a unique index. Raises ArangoError 1200."""
        if self.collection.locks is not None:
            self.collection.locks.check_value(index, slot, None)

    def run(self, operation: Operation, options: dict[str, Any]) -> Result:
        """Evaluate one operation; errors become part of the result."""
        try:
            handler = getattr(self, f"_{operation['op']}")
            result: Result = handler(operation, options)
            return result
        except ArangoError as error:
            return {"error": error.error_num, "message": error.message, "key": operation.get("key"), **error.extra}

    # -- view --------------------------------------------------------------------------------------------------------
    def _get(self, key: str) -> tuple[str, dict[str, Any]] | None:
        if key in self._overlay:
            return self._overlay[key]
        return self.collection.get(key)

    def _put(self, key: str, body: dict[str, Any]) -> str:
        self._claim(key)
        self._check_unique(key, body)
        revision = CLOCK.revision()
        self._overlay[key] = (revision, body)
        self.effects.append(("put", key, revision, encode_json(body).decode("utf-8", "surrogatepass")))
        return revision

    def _check_unique(self, key: str, body: dict[str, Any]) -> None:
        pending = []
        for index in self.collection.stored_indexes:
            if not index.get("unique"):
                continue
            for entry in index_entries(self.collection.document(key, "", body), index):
                slot = (int(index["objectId"]), entry)
                self._check_holders(index, slot, key)
                pending.append(slot)
        self._forget_unique(key)
        for slot in pending:
            self._unique_added[slot] = key
        if pending:
            self._unique_of[key] = pending

    def _check_holders(self, index: dict[str, Any], slot: tuple[int, bytes], key: str) -> None:
        self._claim_value(index, slot)
        holders = [holder for holder in self.collection.unique_holder(index, slot[1]) if holder not in self._overlay]
        if slot in self._unique_added:
            holders.append(self._unique_added[slot])
        other = next((holder for holder in holders if holder != key), None)
        if other is not None:
            raise ArangoError(
                errors.UNIQUE_CONSTRAINT_VIOLATED,
                f"unique constraint violated - in index {index['name']} of type {index['type']} over"
                f" '{', '.join(index['fields'])}'; conflicting key: {other}",
                extra={"conflictingKey": other},
            )

    def _forget_unique(self, key: str) -> None:
        for slot in self._unique_of.pop(key, ()):
            self._unique_added.pop(slot, None)

    def _existing(self, operation: Operation) -> tuple[str, str, dict[str, Any]]:
        if operation.get("key") is None:
            bulk_item = isinstance(operation.get("doc"), dict)
            raise ArangoError(errors.DOCUMENT_KEY_MISSING if bulk_item else errors.DOCUMENT_TYPE_INVALID)
        key = check_key(operation["key"])
        found = self._get(key)
        if found is None:
            raise ArangoError(errors.DOCUMENT_NOT_FOUND)
        expected = operation.get("rev")
        if expected is not None and expected != found[0]:
            raise ArangoError(
                errors.CONFLICT, "conflict, _rev values do not match", extra={"key": key, "rev": found[0]}
            )
        return key, found[0], found[1]

    def _result(self, key: str, revision: str, body: dict[str, Any] | None, options: dict[str, Any]) -> Result:
        result: Result = {"key": key, "rev": revision}
        if options.get("returnNew") and body is not None:
            result["new"] = self.collection.document(key, revision, body)
        return result

    def _with_old(self, result: Result, revision: str, body: dict[str, Any], options: dict[str, Any]) -> Result:
        result["oldRev"] = revision
        if options.get("returnOld"):
            result["old"] = self.collection.document(result["key"], revision, body)
        return result

    # -- operations --------------------------------------------------------------------------------------------------
    def _read(self, operation: Operation, options: dict[str, Any]) -> Result:
        key, revision, body = self._existing(operation)
        return {"key": key, "rev": revision, "document": self.collection.document(key, revision, body)}

    def _body_of(self, document: Any) -> dict[str, Any]:
        if not isinstance(document, dict):
            raise ArangoError(errors.DOCUMENT_TYPE_INVALID)
        return {name: value for name, value in document.items() if name not in _SYSTEM}

    def _check_edge(self, body: dict[str, Any]) -> None:
        if self.collection.is_edge:
            for name in ("_from", "_to"):
                value = body.get(name)
                if not isinstance(value, str) or value.count("/") != 1 or value[0] == "/" or value[-1] == "/":
                    raise ArangoError(errors.INVALID_EDGE_ATTRIBUTE)

    def _apply_rules(
        self, event: str, key: str, body: dict[str, Any], old: dict[str, Any] | None, options: dict[str, Any]
    ) -> None:
        """Set computed values in `body`, then check the schema. Raises ArangoError 1620."""
        rules = rules_of(self.collection.id, self.collection.properties)
        if rules is not None:
            if rules.computed and not options.get("restore"):
                rules.compute(event, self.collection.document(key, "", body), body)
            if not options.get("skipDocumentValidation"):
                rules.validate(body, old)

    def _insert(self, operation: Operation, options: dict[str, Any]) -> Result:
        body = self._body_of(operation.get("doc"))
        key_options = self.collection.properties.get("keyOptions", {})
        given = operation["doc"].get("_key", operation.get("key"))
        if given is None:
            key = make_key(key_options, self.collection.engine.next_tick, self._last_value)
            if key_options.get("type") == "autoincrement":
                self._last_value = int(key)
        else:
            key = check_key(given)
            if not key_options.get("allowUserKeys", True) and not operation.get("generated"):
                raise ArangoError(errors.DOCUMENT_KEY_UNEXPECTED)
            if key_options.get("type") == "autoincrement" and key.isdigit():
                self._last_value = max(self._last_value, int(key))
        existing = self._get(key)
        if existing is not None:
            return self._overwrite(key, existing, body, operation, options)
        self._apply_rules("insert", key, body, None, options)
        self._check_edge(body)
        return self._result(key, self._put(key, body), body, options)

    def _overwrite(
        self,
        key: str,
        existing: tuple[str, dict[str, Any]],
        body: dict[str, Any],
        operation: Operation,
        options: dict[str, Any],
    ) -> Result:
        mode = operation.get("mode")
        if mode == "ignore":
            return {"key": key, "rev": existing[0], "ignored": True, **({"old": self.collection.document(
                key, *existing)} if options.get("returnOld") else {})}  # fmt: skip
        if mode not in ("replace", "update"):
            raise ArangoError(
                errors.UNIQUE_CONSTRAINT_VIOLATED,
                f"unique constraint violated - in index primary of type primary over '_key'; conflicting key: {key}",
                extra={"key": key, "rev": existing[0], "conflictingKey": key},
            )
        return self._change(key, existing, body, options, patch=mode == "update")

    def _change(
        self,
        key: str,
        existing: tuple[str, dict[str, Any]],
        body: dict[str, Any],
        options: dict[str, Any],
        *,
        patch: bool,
    ) -> Result:
        old_revision, old_body = existing
        version_attribute = options.get("versionAttribute")
        if version_attribute:
            old_version, new_version = old_body.get(version_attribute), body.get(version_attribute)
            if isinstance(old_version, int) and isinstance(new_version, int) and new_version <= old_version:
                result = self._result(key, old_revision, old_body, options)
                return self._with_old(result, old_revision, old_body, options)
        if patch:
            body = merge_documents(
                old_body, body, keep_null=options.get("keepNull", True), merge=options.get("mergeObjects", True)
            )
        elif self.collection.is_edge:
            body = {**{name: old_body[name] for name in ("_from", "_to") if name not in body}, **body}
        self._apply_rules("update" if patch else "replace", key, body, old_body, options)
        self._check_edge(body)
        self._check_shard_keys(old_body, body)
        result = self._result(key, self._put(key, body), body, options)
        return self._with_old(result, old_revision, old_body, options)

    def _check_shard_keys(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        for name in self.collection.properties.get("shardKeys", ["_key"]):
            if name != "_key" and encode_value(shard_value(old, name)) != encode_value(shard_value(new, name)):
                raise ArangoError(errors.CLUSTER_MUST_NOT_CHANGE_SHARDING_ATTRIBUTES)

    def _replace(self, operation: Operation, options: dict[str, Any]) -> Result:
        body = self._body_of(operation.get("doc"))
        key, revision, old = self._existing(operation)
        return self._change(key, (revision, old), body, options, patch=False)

    def _update(self, operation: Operation, options: dict[str, Any]) -> Result:
        body = self._body_of(operation.get("doc"))
        key, revision, old = self._existing(operation)
        return self._change(key, (revision, old), body, options, patch=True)

    def _remove(self, operation: Operation, options: dict[str, Any]) -> Result:
        key, revision, body = self._existing(operation)
        self._claim(key)
        self._overlay[key] = None
        self._forget_unique(key)
        self.effects.append(("del", key))
        result: Result = {"key": key, "rev": revision}
        if options.get("returnOld"):
            result["old"] = self.collection.document(key, revision, body)
        return result


def first_error(results: list[Result]) -> ArangoError | None:
    """Return the first failed result as an exception, None when all succeeded."""
    for result in results:
        if "error" in result:
            return error_of(result)
    return None


def error_of(result: Result) -> ArangoError:
    """Return the exception a failed result stands for."""
    return ArangoError(result["error"], result.get("message") or message_of(result["error"]))
