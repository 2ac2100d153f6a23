"""Who is calling: HS256 tokens (superuser and user), Basic credentials, ``/_open/auth``.

Claims as in ArangoDB's documentation: superuser ``{"iss":"arangodb","server_id":...}``, users ``preferred_username``.
"""

from __future__ import annotations

import binascii
import json
import os
import time
from typing import TYPE_CHECKING

from . import errors
from .config.options import EXIT_BAD_VALUE, OptionError
from .errors import ArangoError

if TYPE_CHECKING:
    from .accounts.account import Account
    from .accounts.store import AccountStore
    from .config.settings import Settings
    from .http.message import Request

_TOKEN_LIFETIME_S = 3600
# How many good credentials are remembered, so that most requests need no hash.
_MAX_KNOWN = 1000


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


class Authenticator:
    """Checks the credentials of requests and signs tokens. `accounts` is set by servers that know users."""

    def __init__(self, settings: Settings, server_id: str) -> None:
        self._settings = settings
        self.enabled = settings.authentication
        self.accounts: AccountStore | None = None
        self.secrets = read_secrets(settings)
        self.server_id = server_id
        self._verified: dict[str, dict[str, object]] = {}
        # Authorization values that were found right, as of one generation of the accounts
        self._basic: dict[str, str] = {}
        self._basic_generation = -1

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
        lifetime_s = self._settings.number("server.session-timeout", _TOKEN_LIFETIME_S)
        claims: dict[str, object] = {
            "iss": "arangodb", "preferred_username": user, "iat": int(now), "exp": int(now + lifetime_s),
            "jti": _b64(os.urandom(9)),
        }  # fmt: skip
        return sign_token(self.secrets[0], claims)

    # -- requests ----------------------------------------------------------------------------------------------------
    async def authenticate(self, request: Request) -> None:
        """Set user and superuser of the request. Raises ArangoError 401/11, or 503 while users cannot be read."""
        if not self.enabled:
            request.user, request.superuser = "root", True
            return
        header = request.headers.get("authorization", "")
        scheme, _, credentials = header.partition(" ")
        if scheme.lower() == "bearer":
            claims = self._claims(credentials.strip())
            if claims is not None and self._path_allowed(claims, request):
                user = claims.get("preferred_username")
                request.superuser = not user
                request.user = str(user or "")
                if user and self.accounts is not None:
                    await self._fresh()
                return
        elif scheme.lower() == "basic" and self.accounts is not None:
            await self._fresh()
            request.user = self._basic.get(header) or self._check_basic(header, credentials)
            if request.user:
                return
        raise ArangoError(errors.FORBIDDEN, "not authorized to execute this request", status=401)

    @staticmethod
    def _path_allowed(claims: dict[str, object], request: Request) -> bool:
        """Obey ``allowed_paths``, with which a superuser's token can be limited to some routes."""
        allowed = claims.get("allowed_paths")
        return not isinstance(allowed, list) or not allowed or "/" + "/".join(request.segments) in allowed

    async def _fresh(self) -> None:
        """Have the users as others may have changed them; what was read before does while nobody answers."""
        assert self.accounts is not None
        if not self.accounts.is_fresh:
            try:
                await self.accounts.refresh()
            except ArangoError:
                if self.accounts.generation == 0:
                    raise ArangoError(errors.HTTP_SERVICE_UNAVAILABLE, "the users cannot be read yet") from None
        if self._basic_generation != self.accounts.generation:
            self._basic.clear()
            self._basic_generation = self.accounts.generation

    def _check_basic(self, header: str, credentials: str) -> str:
        """Return the user of Basic credentials if they are right, else an empty text."""
        name, separator, password = self._split_basic(credentials.strip())
        account = self._login(name, password) if separator else None
        if account is None:
            return ""
        if password[:3] != "v1.":
            # tokens end by themselves, so they are looked at each time
            if len(self._basic) > _MAX_KNOWN:
                self._basic.clear()
            self._basic[header] = account.name
        return account.name

    def _login(self, name: str, password: str) -> Account | None:
        assert self.accounts is not None
        account = self.accounts.get(name) if name else None
        if account is not None and account.active and account.check_password(password):
            return account
        if password.startswith("v1."):
            from .accounts import access_tokens

            owner = access_tokens.user_of(password)
            account = self.accounts.get(owner or "") if name in ("", owner) else None
            if account is not None and account.active and access_tokens.accepts(account, password):
                return account
        return None

    async def login(self, name: str, password: str) -> str | None:
        """Return the user that name and password (or access token) belong to, None when they are wrong."""
        if self.accounts is None:
            return None
        await self._fresh()
        account = self._login(name, password)
        return account.name if account is not None else None

    def account_of(self, request: Request) -> Account | None:
        """Return the active account behind a request; None for superusers and for users that are no more."""
        if request.superuser or self.accounts is None:
            return None
        account = self.accounts.get(request.user)
        return account if account is not None and account.active else None

    @staticmethod
    def _split_basic(credentials: str) -> tuple[str, str, str]:
        try:
            return binascii.a2b_base64(credentials, strict_mode=True).decode("utf-8").partition(":")
        except ValueError:
            return "", "", ""

    # -- tokens ------------------------------------------------------------------------------------------------------
    def _claims(self, token: str) -> dict[str, object] | None:
        known = self._verified.get(token)
        if known is None:
            known = self._verify(token)
            if known is None:
                return None
            if len(self._verified) > _MAX_KNOWN:
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
