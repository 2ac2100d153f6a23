"""Who is calling: HS256 tokens (superuser and user), Basic credentials, ``/_open/auth``.

Claims as in ArangoDB's documentation: superuser ``{"iss":"arangodb","server_id":...}``, users ``preferred_username``.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from . import errors
from .config.options import EXIT_BAD_VALUE, OptionError
from .errors import ArangoError

if TYPE_CHECKING:
    from .config.settings import Settings
    from .http.message import Request

_TOKEN_LIFETIME_S = 3600


def _b64(data: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _unb64(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sign_token(secret: bytes, claims: dict[str, object]) -> str:
    """Return a JWT signed with HS256."""
    import hmac

    payload = _b64(b'{"alg":"HS256","typ":"JWT"}') + "." + _b64(json.dumps(claims).encode())
    return payload + "." + _b64(hmac.digest(secret, payload.encode(), "sha256"))


def read_secrets(settings: Settings) -> list[bytes]:
    """Return the secrets, the signing one first. Raises OptionError when a file cannot be read."""
    try:
        if settings.jwt_folder:
            paths = sorted(os.path.join(settings.jwt_folder, name) for name in os.listdir(settings.jwt_folder)
                           if not name.startswith("."))  # fmt: skip
        else:
            paths = [settings.jwt_keyfile] if settings.jwt_keyfile else []
        secrets = []
        for path in paths:
            with open(path, "rb") as file:
                secrets.append(file.read().strip())
    except OSError as error:
        raise OptionError(f"unable to read JWT secret '{error.filename}': {error.strerror}", EXIT_BAD_VALUE) from error
    if settings.jwt_folder and not secrets:
        raise OptionError(f"folder '{settings.jwt_folder}' holds no JWT secret", EXIT_BAD_VALUE)
    if any(len(secret) > 64 for secret in secrets):
        raise OptionError("a JWT secret is longer than 64 bytes; shorten it", EXIT_BAD_VALUE)
    if not secrets:
        secrets = [settings.jwt_secret.encode() or os.urandom(32)]
    return secrets


class Users:
    """The accounts: root, with an empty password until it is changed. Kept per process in this depth.

    Only salted hashes are kept; an empty password needs none. (Modules for hashing are loaded when first needed: they
    cost 4 ms of a process start.)
    """

    def __init__(self) -> None:
        self._hashes: dict[str, tuple[bytes, bytes]] = {}
        self.set_password("root", "")

    @staticmethod
    def _hash(salt: bytes, password: str) -> bytes:
        if not password:
            return b""
        import hashlib

        return hashlib.sha256(salt + password.encode()).digest()

    def set_password(self, user: str, password: str) -> None:
        """Set a user's password."""
        salt = os.urandom(8)
        self._hashes[user] = (salt, self._hash(salt, password))

    def check(self, user: str, password: str) -> bool:
        """Say whether the user exists and the password is right."""
        if user not in self._hashes:
            return False
        import hmac

        salt, expected = self._hashes[user]
        return hmac.compare_digest(self._hash(salt, password), expected)

    def names(self) -> list[str]:
        """Return all user names."""
        return sorted(self._hashes)


class Authenticator:
    """Checks the credentials of requests and signs tokens."""

    def __init__(self, settings: Settings, server_id: str) -> None:
        self._settings = settings
        self.enabled = settings.authentication
        self.users = Users()
        self.secrets = read_secrets(settings)
        self.server_id = server_id
        self._verified: dict[str, dict[str, object]] = {}

    def reload(self) -> None:
        """Read the secrets again (``POST /_admin/server/jwt``)."""
        self.secrets = read_secrets(self._settings)
        self._verified.clear()

    def superuser_header(self) -> str:
        """Return the Authorization value for traffic between servers; empty when authentication is off."""
        if not self.enabled:
            return ""
        return "bearer " + sign_token(self.secrets[0], {"iss": "arangodb", "server_id": self.server_id})

    def user_token(self, user: str) -> str:
        """Return a token for a user; two calls give different tokens."""
        now = time.time()
        claims: dict[str, object] = {
            "iss": "arangodb", "preferred_username": user, "iat": int(now), "exp": int(now + _TOKEN_LIFETIME_S),
            "jti": _b64(os.urandom(9)),
        }  # fmt: skip
        return sign_token(self.secrets[0], claims)

    def authenticate(self, request: Request) -> None:
        """Set user and superuser of the request. Raises ArangoError 401/11."""
        if not self.enabled:
            request.user, request.superuser = "root", True
            return
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            claims = self._claims(credentials.strip())
            if claims is not None:
                user = claims.get("preferred_username")
                request.superuser = not user
                request.user = str(user or "")
                return
        elif scheme.lower() == "basic":
            user, separator, password = self._basic(credentials.strip())
            if separator and self.users.check(user, password):
                request.user = user
                return
        raise ArangoError(errors.FORBIDDEN, "not authorized to execute this request", status=401)

    @staticmethod
    def _basic(credentials: str) -> tuple[str, str, str]:
        import base64

        try:
            return base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return "", "", ""

    def _claims(self, token: str) -> dict[str, object] | None:
        known = self._verified.get(token)
        if known is None:
            known = self._verify(token)
            if known is None:
                return None
            if len(self._verified) > 1000:
                self._verified.clear()
            self._verified[token] = known
        expires = known.get("exp")
        if isinstance(expires, (int, float)) and expires < time.time():
            return None
        return known

    def _verify(self, token: str) -> dict[str, object] | None:
        import hmac

        try:
            head, payload, signature = token.split(".")
            given = _unb64(signature)
            if json.loads(_unb64(head)).get("alg") != "HS256":
                return None
            claims = json.loads(_unb64(payload))
        except (ValueError, AttributeError):
            return None
        signed = f"{head}.{payload}".encode()
        if not any(hmac.compare_digest(hmac.digest(secret, signed, "sha256"), given) for secret in self.secrets):
            return None
        if not isinstance(claims, dict) or claims.get("iss") != "arangodb":
            return None
        return claims if claims.get("preferred_username") or claims.get("server_id") else None
