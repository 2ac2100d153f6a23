"""Databases and the minimal list of users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, success
from ..storage.keys import check_database_name

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request


class DatabaseApi:
    """Handlers below ``/_api/database`` and ``/_api/user``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._backend = context.require_backend()
        add = context.router.add
        add("GET POST", "/_api/database", self.databases)
        add("GET", "/_api/database/user", self.reachable)
        add("GET", "/_api/database/current", self.current)
        add("DELETE", "/_api/database/*", self.drop)
        add("GET", "/_api/user", self.users)
        add("GET", "/_api/user/*", self.user)
        add("GET", "/_api/user/*/database", self.user_databases)
        add("POST", "/_api/user", self.change_users)
        add("PUT PATCH DELETE", "/_api/user/*", self.change_users)

    @staticmethod
    def _only_system(request: Request) -> None:
        if request.database != "_system":
            raise ArangoError(errors.USE_SYSTEM_DATABASE)

    async def databases(self, request: Request) -> Response:
        """GET lists, POST creates."""
        self._only_system(request)
        if request.method == "GET":
            return success(200, {"result": self._backend.database_names()})
        body = request.json_object()
        name = check_database_name(body.get("name"))
        options = body.get("options") or {}
        if not isinstance(options, dict):
            raise ArangoError(errors.BAD_PARAMETER, "options must be an object")
        for account in body.get("users") or []:
            user = account.get("username", account.get("user")) if isinstance(account, dict) else None
            if user != "root":
                raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: users other than root are not implemented")
        await self._backend.create_database(name, options)
        return success(201, {"result": True})

    async def reachable(self, request: Request) -> Response:
        """GET /_api/database/user."""
        return success(200, {"result": self._backend.database_names()})

    async def current(self, request: Request) -> Response:
        """GET /_api/database/current."""
        database = self._backend.database(request.database)
        result = {
            "name": request.database,
            "id": database.get("id", "1"),
            "path": "none",
            "isSystem": request.database == "_system",
            "sharding": database.get("sharding", ""),
            "replicationFactor": database.get("replicationFactor", 1),
            "writeConcern": database.get("writeConcern", 1),
        }
        return success(200, {"result": result})

    async def drop(self, request: Request, name: str) -> Response:
        """DELETE /_api/database/{name}."""
        self._only_system(request)
        if name == "_system":
            raise ArangoError(errors.FORBIDDEN)
        await self._backend.drop_database(name)
        return success(200, {"result": True})

    def _names(self) -> list[str]:
        assert self._context.authenticator is not None
        return self._context.authenticator.users.names()

    async def users(self, request: Request) -> Response:
        """GET /_api/user."""
        return success(200, {"result": [{"user": name, "active": True, "extra": {}} for name in self._names()]})

    async def user(self, request: Request, name: str) -> Response:
        """GET /_api/user/{user}."""
        if name not in self._names():
            raise ArangoError(errors.USER_NOT_FOUND)
        return success(200, {"user": name, "active": True, "extra": {}})

    async def change_users(self, request: Request, name: str = "") -> Response:
        """Everything that would change accounts."""
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: users other than root are not implemented")

    async def user_databases(self, request: Request, name: str) -> Response:
        """GET /_api/user/{user}/database."""
        if name not in self._names():
            raise ArangoError(errors.USER_NOT_FOUND)
        return success(200, {"result": dict.fromkeys(self._backend.database_names(), "rw")})
