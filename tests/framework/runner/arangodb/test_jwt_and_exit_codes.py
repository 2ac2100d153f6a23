"""Tokens as ArangoDB reads them, and exit codes in words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from armadillo.arangodb.exit_codes import MEANINGS, meaning
from armadillo.arangodb.jwt import superuser_token, user_token

DOCUMENTED_EXIT_CODES = {0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13, *range(20, 31)}
"""ArangoDB's exitcodes.yaml for 3.12 and 4.x."""


def decode(part: str) -> bytes:
    """Base64 without padding, as tokens have it."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize(
    ("token", "claims"),
    [
        (superuser_token("secret"), {"iss": "arangodb", "server_id": "armadillo"}),
        (user_token("secret", "root"), {"iss": "arangodb", "preferred_username": "root"}),
    ],
)
def test_a_token_is_signed_over_header_and_claims(token: str, claims: dict[str, str]) -> None:
    """Anybody with the secret can check it by RFC 7515; a superuser token names no user."""
    header, payload, signature = token.split(".")
    assert json.loads(decode(header)) == {"alg": "HS256", "typ": "JWT"}
    assert json.loads(decode(payload)) == claims
    assert decode(signature) == hmac.new(b"secret", f"{header}.{payload}".encode(), hashlib.sha256).digest()
    assert "=" not in token


def test_every_documented_exit_code_has_its_meaning() -> None:
    """The texts of failed starts say what arangod's number means; a shell's 126 and 127 are there, too."""
    assert set(MEANINGS) == DOCUMENTED_EXIT_CODES | {126, 127}
    assert "port cannot be bound" in meaning(21)
    assert "does not document" in meaning(99)
