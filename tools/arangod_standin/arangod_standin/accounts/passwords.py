"""Salted password hashes, spelled as in ArangoDB's ``_users`` collection: hex digest of salt and password."""

from __future__ import annotations

import os
from typing import Any


def new_salt() -> str:
    """Return eight random hexadecimal digits, as ArangoDB makes them."""
    return os.urandom(4).hex()


def digest(method: str, salt: str, password: str) -> str:
    """Return the hex digest; an unknown method gives a text that no stored hash equals."""
    if method not in ("sha1", "sha224", "sha256", "sha384", "sha512", "md5"):
        return "unknown method"
    import hashlib

    return hashlib.new(method, (salt + password).encode()).hexdigest()


def simple_auth(password: str, salt: str = "") -> dict[str, Any]:
    """Return the member ``authData.simple`` of a user's document for a password."""
    salt = salt or new_salt()
    return {"hash": digest("sha256", salt, password), "salt": salt, "method": "sha256"}


def matches(simple: dict[str, Any], password: str) -> bool:
    """Say whether a password fits a member ``authData.simple``."""
    import hmac

    expected = str(simple.get("hash", ""))
    given = digest(str(simple.get("method", "sha256")), str(simple.get("salt", "")), password)
    return hmac.compare_digest(expected.encode(), given.encode())
