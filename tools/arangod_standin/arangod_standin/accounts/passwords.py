"""Salted password hashes, spelled as in ArangoDB's ``_users`` collection: hex digest of salt and password."""

from __future__ import annotations

import os
import sys
from typing import Any


def new_salt() -> str:
    """Return eight random hexadecimal digits, as ArangoDB makes them."""
    return os.urandom(4).hex()


def _sha256() -> Callable[[bytes], Any]:
    """Return SHA-256 without hashlib where that works: the library behind hashlib costs 3 ms of a first start."""
    for module in ("_sha2", "_sha256"):
        with suppress(ImportError, AttributeError):
            light: Callable[[bytes], Any] = __import__(module).sha256
            return light
    import hashlib

    return hashlib.sha256


def digest(method: str, salt: str, password: str) -> str:
    """Return the hex digest; an unknown method gives a text that no stored hash equals."""
    data = (salt + password).encode()
    if method == "sha256":
        return str(_sha256()(data).hexdigest())
    if method not in ("sha1", "sha224", "sha384", "sha512", "md5"):
        return "unknown method"
    import hashlib

    return hashlib.new(method, data).hexdigest()


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
