"""Access tokens: long-lived secrets of a user that work where its password does, each under a name and with an end.

A token begins with ``v1.`` as ArangoDB's do, then says in hexadecimal JSON whose it is, so that it works with an empty
user name too; the rest is random. Only its SHA-256 digest is kept, in the user's document.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from .account import Account

_PREFIX = "v1."
# Tokens that are made without an end are valid until the end of the year 9999 (seconds since 1970).
_FOREVER_S = 253402300799
_PUBLIC = ("id", "name", "valid_until", "created_at", "fingerprint")


def user_of(token: str) -> str | None:
    """Return whose access token a text claims to be, None when it is no access token at all."""
    if not token.startswith(_PREFIX):
        return None
    try:
        claims = json.loads(bytes.fromhex(token.split(".")[1]))
        return str(claims["u"])
    except (ValueError, IndexError, KeyError, TypeError):
        return None


def public(record: dict[str, Any]) -> dict[str, object]:
    """Return what is told about a token."""
    return {**{name: record[name] for name in _PUBLIC}, "active": record["valid_until"] > time.time()}


def create(account: Account, name: object, valid_until: object) -> dict[str, object]:
    """Add a token to a user's draft and return it with its secret. Raises ArangoError 400, 409."""
    if not isinstance(name, str) or not name:
        raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting a string 'name' that is not empty")
    if valid_until is None:
        valid_until = _FOREVER_S
    if isinstance(valid_until, bool) or not isinstance(valid_until, (int, float)):
        raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting 'valid_until' to be a number of seconds since 1970")
    if any(record["name"] == name for record in account.tokens):
        raise ArangoError(errors.HTTP_CONFLICT, f"user '{account.name}' has a token of the name '{name}'")
    record: dict[str, Any] = {
        "id": max((int(record["id"]) for record in account.tokens), default=0) + 1,
        "name": name,
        "valid_until": int(valid_until),
        "created_at": int(time.time()),
    }
    claims = {"u": account.name, "e": record["valid_until"], "c": record["created_at"]}
    token = f"{_PREFIX}{json.dumps(claims, separators=(',', ':')).encode().hex()}.{os.urandom(16).hex()}"
    record["fingerprint"] = f"{_PREFIX}..{token[-6:]}"
    record["digest"] = hashlib.sha256(token.encode()).hexdigest()
    account.document["accessTokens"] = [*account.tokens, record]
    return {**public(record), "token": token}


def delete(account: Account, token_id: str) -> None:
    """Remove a token from a user's draft. Raises ArangoError 404."""
    left = [record for record in account.tokens if str(record["id"]) != token_id]
    if len(left) == len(account.tokens):
        raise ArangoError(errors.HTTP_NOT_FOUND, f"user '{account.name}' has no token '{token_id}'")
    account.document["accessTokens"] = left


def accepts(account: Account, token: str) -> bool:
    """Say whether a token is one of the user's and still valid."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    return any(
        hmac.compare_digest(str(record.get("digest", "")), digest) and record["valid_until"] > time.time()
        for record in account.tokens
    )
