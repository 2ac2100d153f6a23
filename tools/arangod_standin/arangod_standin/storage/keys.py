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
GENERATORS = ("autoincrement", "padded", "traditional", "uuid")
_MAX_NAME_BYTES = 256
_MAX_INCREMENT = 1 << 16


def check_key(key: object) -> str:
    """Return the key. Raises ArangoError 1221 when it is not a legal one."""
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        raise ArangoError(errors.DOCUMENT_KEY_BAD)
    return key


def _is_extended_name(name: str) -> bool:
    """Say whether a name follows the rules of extended names: NFC, no control letters, no letters with a meaning."""
    from unicodedata import is_normalized

    return (
        0 < len(name.encode("utf-8", "surrogatepass")) <= _MAX_NAME_BYTES
        and name[0] not in "0123456789."
        and name == name.strip(" ")
        and not any(letter in "/:" or ord(letter) < 32 or ord(letter) == 127 for letter in name)
        and not any(0xD800 <= ord(letter) <= 0xDFFF for letter in name)
        and is_normalized("NFC", name)
    )


def check_collection_name(name: object, *, system: bool = False, what: str = "collection") -> str:
    """Return the name of a collection or view; extended names are allowed. Raises ArangoError 1208."""
    legal = isinstance(name, str) and (_NAME.fullmatch(name) is not None or (name != "" and _is_extended_name(name)))
    if not legal or (str(name).startswith("_") and not system):
        raise ArangoError(errors.ILLEGAL_NAME, f"illegal name: {what} name '{name}' is not allowed")
    return str(name)


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
    """Return complete key options with defaults. Raises ArangoError 1232, 10."""
    if options is not None and not isinstance(options, dict):
        raise ArangoError(errors.INVALID_KEY_GENERATOR, "invalid key generator: keyOptions must be an object")
    given = options or {}
    kind = given.get("type", "traditional")
    if kind not in GENERATORS:
        raise ArangoError(errors.INVALID_KEY_GENERATOR, f"invalid key generator type '{kind}'")
    allow = given.get("allowUserKeys", True)
    if not isinstance(allow, bool):
        raise ArangoError(errors.INVALID_KEY_GENERATOR, "invalid key generator: allowUserKeys must be a boolean")
    complete: dict[str, Any] = {"allowUserKeys": allow, "type": kind}
    if kind == "autoincrement":
        complete["increment"] = _whole(given, "increment", 1, 1, _MAX_INCREMENT)
        complete["offset"] = _whole(given, "offset", 0, 0, 1 << 63)
    if kind != "uuid":
        complete["lastValue"] = _whole(given, "lastValue", 0, 0, 1 << 64)
    return complete


def _whole(options: dict[str, Any], name: str, default: int, least: int, end: int) -> int:
    value = options.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < end:
        raise ArangoError(errors.INVALID_KEY_GENERATOR, f"invalid key generator: {name} must be a number from {least}")
    return value


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
