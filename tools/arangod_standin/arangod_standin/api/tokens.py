"""Logging in, and access tokens: ``/_open/auth`` and ``/_api/token``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from ..accounts import access_tokens
from ..errors import ArangoError
from ..http.message import Response, json_response
from ..permissions import is_admin

if TYPE_CHECKING:
    from ..accounts.account import Account
    from ..authentication import Authenticator
    from ..context import ServerContext
    from ..http.message import Request


class TokenApi:
    """Handlers that give tokens."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("POST", "/_open/auth", self.log_in)
        add("POST", "/_open/auth/renew", self.renew)
        add("GET POST", "/_api/token/*", self.tokens)
        add("DELETE", "/_api/token/*/*", self.delete)

    def _authenticator(self) -> Authenticator:
        authenticator = self._context.authenticator
        if authenticator is None or not authenticator.enabled:
            raise ArangoError(errors.HTTP_NOT_FOUND)
        return authenticator

    async def log_in(self, request: Request) -> Response:
        """POST /_open/auth {username, password}: a token for the user."""
        authenticator = self._authenticator()
        body = request.json_object()
        user, password = body.get("username"), body.get("password", "")
        if not isinstance(user, str) or not isinstance(password, str):
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "username and password must be strings")
        name = await authenticator.login(user, password)
        if name is None:
            raise ArangoError(errors.HTTP_UNAUTHORIZED, "Wrong credentials")
        return json_response(200, {"jwt": authenticator.user_token(name)})

    async def renew(self, request: Request) -> Response:
        """POST /_open/auth/renew: another token for the user of a token that is still valid."""
        authenticator = self._authenticator()
        await authenticator.authenticate(request)
        if request.superuser or authenticator.account_of(request) is None:
            raise ArangoError(errors.HTTP_UNAUTHORIZED, "only the token of a user can be renewed")
        return json_response(200, {"jwt": authenticator.user_token(request.user)})

    # -- access tokens -----------------------------------------------------------------------------------------------
    def _may_access(self, request: Request, name: str) -> None:
        if request.user != name and not is_admin(self._context, request):
            raise ArangoError(errors.FORBIDDEN)
        if self._authenticator().accounts is None:
            raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)

    async def tokens(self, request: Request, name: str) -> Response:
        """GET lists a user's access tokens, POST {name, valid_until} makes one and shows its secret."""
        self._may_access(request, name)
        accounts = self._authenticator().accounts
        assert accounts is not None
        if request.method == "GET":
            account = await accounts.find(name)
            return json_response(200, {"tokens": [access_tokens.public(record) for record in account.tokens]})
        body = request.json_object()
        created: dict[str, object] = {}

        def edit(draft: Account) -> None:
            created.update(access_tokens.create(draft, body.get("name"), body.get("valid_until")))

        await accounts.change(name, edit)
        return json_response(200, created)

    async def delete(self, request: Request, name: str, token_id: str) -> Response:
        """DELETE /_api/token/{user}/{id}."""
        self._may_access(request, name)
        accounts = self._authenticator().accounts
        assert accounts is not None
        await accounts.change(name, lambda draft: access_tokens.delete(draft, token_id))
        return json_response(200, {})
