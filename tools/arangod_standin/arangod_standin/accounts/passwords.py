"""Salted password hashes, spelled as in ArangoDB's ``_users`` collection: hex digest of salt and password."""

from __future__ import annotations

import os
import sys
from typing import Any


def new_salt() -> str:
    """Return eight random hexadecimal digits, as ArangoDB makes them."""
    return os.urandom(4).hex()


def digest(method: str, salt: str, password: str) -> str:
    """Return the hex digest; an unknown method gives a text that no stored hash equals."""
    if method not in ("sha1", "sha224", "sha256", "sha384", "sha512", "md5"):
        return "unknown method"
    data = (salt + password).encode()
    if method == "sha256":
        return str(_sha256()(data).hexdigest())
    import hashlib

    return hashlib.new(method, data).hexdigest()


def _sha256() -> Any:
    """Return Python's own SHA-256: hashlib would load OpenSSL, a tenth of the time to the first answer."""
    from importlib import import_module

    try:
        return import_module("_sha2" if sys.version_info >= (3, 12) else "_sha256").sha256
    except ImportError:
        import hashlib

        return hashlib.sha256


def simple_auth(password: str, salt: str = "") -> dict[str, Any]:
    """Return the member ``authData.simple`` of a user's document for a password."""
    salt = salt or new_salt()
    return {"hash": digest("sha256", salt, password), "salt": salt, "method": "sha256"}


def matches(simple: dict[str, Any], password: str) -> bool:
    """Say whether a password fits a member ``authData.simple``."""
    # what hmac.compare_digest is; importing hmac would load OpenSSL, a tenth of the time to the first answer
    from _operator import _compare_digest

    expected = str(simple.get("hash", ""))
    given = digest(str(simple.get("method", "sha256")), str(simple.get("salt", "")), password)
    return bool(_compare_digest(expected.encode(), given.encode()))
