"""Document keys: which are legal, and the generators that make them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY = re.compile(r"[A-Za-z0-9_:.@()+,=;$!*'%-]{1,254}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,255}")
GENERATORS = ("traditional", "autoincrement", "uuid", "padded")


def check_key(key: object) -> str:
    """Return the key. Raises ArangoError 1221 when it is not a legal one."""
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        raise ArangoError(errors.DOCUMENT_KEY_BAD)
    return key


def check_collection_name(name: object, *, system: bool = False) -> str:
    """Return the name of a collection. Raises ArangoError 1208."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None or (name.startswith("_") and not system):
        raise ArangoError(errors.ILLEGAL_NAME, f"illegal name: collection name '{name}' is not allowed")
    return name


def check_database_name(name: object) -> str:
    """Return the name of a database; extended names are allowed. Raises ArangoError 1229."""
    bad = (
        not isinstance(name, str)
        or not 0 < len(name.encode()) <= 128
        or name[0] in "0123456789_ "
        or name[-1] == " "
        or any(letter in "/:" or ord(letter) < 32 or ord(letter) == 127 for letter in name)
    )
    if bad and name != "_system":
        raise ArangoError(errors.DATABASE_NAME_INVALID)
    return str(name)


def check_key_options(options: object) -> dict[str, Any]:
    """Return complete key options with defaults. Raises ArangoError 1232."""
    given = options if isinstance(options, dict) else {}
    kind = given.get("type", "traditional")
    if kind not in GENERATORS:
        raise ArangoError(errors.INVALID_KEY_GENERATOR)
    complete: dict[str, Any] = {"allowUserKeys": bool(given.get("allowUserKeys", True)), "type": kind}
    if kind == "autoincrement":
        complete["increment"] = given.get("increment", 1)
        complete["offset"] = given.get("offset", 0)
        if not isinstance(complete["increment"], int) or complete["increment"] < 1:
            raise ArangoError(errors.INVALID_KEY_GENERATOR, "increment must be at least 1")
    complete["lastValue"] = 0
    return complete


def make_key(options: dict[str, Any], next_tick: Callable[[], int], last_value: int) -> str:
    """Return a fresh key; `last_value` is the highest autoincrement value so far."""
    kind = options.get("type", "traditional")
    if kind == "autoincrement":
        increment, offset = int(options.get("increment", 1)), int(options.get("offset", 0))
        if last_value < offset:
            return str(offset if offset > 0 else increment)
        return str(offset + ((last_value - offset) // increment + 1) * increment)
    if kind == "padded":
        return f"{next_tick():016x}"
    if kind == "uuid":
        from ..datadir import new_uuid

        return new_uuid()
    return str(next_tick())
