"""JSON web tokens as ArangoDB takes them: HS256 over the deployment's secret (RFC 7515, RFC 7519).

A superuser token has `server_id` and no user; a user token has `preferred_username`
(https://docs.arangodb.com/stable/develop/http-api/authentication/).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

ISSUER = "arangodb"


def superuser_token(secret: str, server_id: str = "armadillo") -> str:
    """A token that may do everything; `server_id` only names who asks."""
    return sign({"iss": ISSUER, "server_id": server_id}, secret)


def user_token(secret: str, username: str) -> str:
    """A token that may do what the user may."""
    return sign({"iss": ISSUER, "preferred_username": username}, secret)


def sign(claims: Mapping[str, object], secret: str) -> str:
    """A signed token with these claims."""
    signed = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(signature)}"


def _encode(part: Mapping[str, object]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
