"""Who asks: what goes into the `Authorization` header of a request."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

from .jwt import superuser_token, user_token


@dataclass(frozen=True)
class Credentials:
    """The way of logging in, and the header that it makes; a secret never shows in `repr`."""

    description: str
    authorization: Callable[[], str] = field(repr=False, compare=False)

    @classmethod
    def none(cls) -> Credentials:
        """No login at all."""
        return cls("nobody", lambda: "")

    @classmethod
    def superuser(cls, jwt_secret: str) -> Credentials:
        """A JWT of the deployment itself: it may do everything, on every role."""
        return cls("superuser", lambda: f"bearer {superuser_token(jwt_secret)}")

    @classmethod
    def user(cls, jwt_secret: str, username: str) -> Credentials:
        """A JWT in the name of a user, signed with the deployment's secret: no password needed."""
        return cls(f"user {username}", lambda: f"bearer {user_token(jwt_secret, username)}")

    @classmethod
    def basic(cls, username: str, password: str) -> Credentials:
        """HTTP basic authentication with user name and password."""
        pair = base64.b64encode(f"{username}:{password}".encode()).decode()
        return cls(f"user {username} by password", lambda: f"Basic {pair}")

    @classmethod
    def token(cls, jwt: str) -> Credentials:
        """A JWT that somebody else signed, such as the answer of `/_open/auth`."""
        return cls("bearer of a token", lambda: f"bearer {jwt}")

    def headers(self) -> dict[str, str]:
        """The headers of a request; empty without a login."""
        authorization = self.authorization()
        return {"Authorization": authorization} if authorization else {}
