"""Databases: ``/_api/database``."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from .. import errors
from ..accounts.account import ANY, Account
from ..errors import ArangoError
from ..http.message import Response, success
from ..permissions import database_level, require_admin
from ..storage.keys import check_database_name

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request


class DatabaseApi:
    """Handlers below ``/_api/database``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._backend = context.require_backend()
        add = context.router.add
        add("GET POST", "/_api/database", self.databases)
        add("GET", "/_api/database/user", self.reachable)
        add("GET", "/_api/database/current", self.current)
        add("DELETE", "/_api/database/*", self.drop)

    @staticmethod
    def _only_system(request: Request) -> None:
        if request.database != "_system":
            raise ArangoError(errors.USE_SYSTEM_DATABASE)

    async def databases(self, request: Request) -> Response:
        """GET lists, POST creates."""
        self._only_system(request)
        require_admin(self._context, request)
        if request.method == "GET":
            return success(200, {"result": self._backend.database_names()})
        body = request.json_object()
        name = self._check_name(body.get("name"))
        options = self._check_options(body.get("options"))
        users = _check_users(body.get("users"))
        if name in self._backend.database_names():
            raise ArangoError(errors.DUPLICATE_NAME)
        limit = self._context.settings.integer("database.max-databases", 0)
        if limit and len(self._backend.database_names()) >= limit:
            message = f"unable to create additional database, the limit is {limit} (--database.max-databases)"
            raise ArangoError(errors.RESOURCE_LIMIT, message, status=400)
        await self._context.backend_for(request).create_database(name, options)
        await self._grant(request, name, users)
        return success(201, {"result": True})

    def _check_name(self, name: object) -> str:
        """Return the name of a new database. Raises ArangoError 1229, and 1208 when it is not in Unicode's NFC."""
        checked = check_database_name(name)
        if not self._context.settings.boolean("database.extended-names", True):
            plain = checked.isascii() and checked.replace("_", "a").replace("-", "a").isalnum() and len(checked) <= 64
            if not plain:
                raise ArangoError(errors.DATABASE_NAME_INVALID)
        if unicodedata.normalize("NFC", checked) != checked:
            raise ArangoError(errors.ILLEGAL_NAME, "illegal name: not normalized to Unicode NFC")
        return checked

    def _check_options(self, options: object) -> dict[str, Any]:
        """Return the options of a new database. Raises ArangoError 10."""
        if options is None:
            return {}
        if not isinstance(options, dict):
            raise ArangoError(errors.BAD_PARAMETER, "options must be an object")
        chosen: dict[str, Any] = {}
        if options.get("sharding") is not None:
            if options["sharding"] not in ("", "flexible", "single"):
                raise ArangoError(errors.BAD_PARAMETER, "sharding must be 'flexible' or 'single'")
            chosen["sharding"] = "" if options["sharding"] == "flexible" else options["sharding"]
        for member in ("replicationFactor", "writeConcern"):
            value = options.get(member)
            if value is None or (member, value) == ("replicationFactor", "satellite"):
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ArangoError(errors.BAD_PARAMETER, f"{member} must be a positive number")
            chosen[member] = value
        return chosen

    async def _grant(self, request: Request, database: str, users: list[dict[str, Any]]) -> None:
        """Give the named users, or else the one who made it, rw on a new database; make those that are not there."""
        authenticator = self._context.authenticator
        accounts = authenticator.accounts if authenticator is not None else None
        if accounts is None:
            return

        def grant(account: Account) -> None:
            if account.name != "root":
                account.grant_database(database, "rw")
                account.grant_collection(database, ANY, "rw")

        for user in users:
            await accounts.refresh()
            if accounts.get(user["name"]) is None:
                await accounts.create(
                    Account.new(user["name"], user["password"], active=user["active"], extra=user["extra"])
                )
            await accounts.change(user["name"], grant)
        if not users and not request.superuser and accounts.get(request.user) is not None:
            await accounts.change(request.user, grant)

    async def reachable(self, request: Request) -> Response:
        """GET /_api/database/user: the databases that the user may enter."""
        names = self._backend.database_names()
        return success(200, {"result": [n for n in names if database_level(self._context, request, n) != "none"]})

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
        """DELETE /_api/database/{name}; what was granted for it goes, too."""
        self._only_system(request)
        require_admin(self._context, request)
        if name == "_system":
            raise ArangoError(errors.FORBIDDEN)
        await self._context.backend_for(request).drop_database(name)
        for listener in self._context.database_dropped:
            listener(name)
        authenticator = self._context.authenticator
        if authenticator is not None and authenticator.accounts is not None:
            await authenticator.accounts.forget_database(name)
        return success(200, {"result": True})


def _check_users(users: object) -> list[dict[str, Any]]:
    """Return name, password, active and extra of the users of a new database. Raises ArangoError 10."""
    if users is None:
        return []
    if not isinstance(users, list) or not all(isinstance(user, dict) for user in users):
        raise ArangoError(errors.BAD_PARAMETER, "users must be a list of objects")
    checked = []
    for user in users:
        name, password = user.get("username", user.get("user")), user.get("passwd", user.get("password", ""))
        if not isinstance(name, str) or not name or not isinstance(password, str):
            raise ArangoError(errors.BAD_PARAMETER, "each user needs a string 'username' and may have a 'passwd'")
        extra = user.get("extra")
        active = user.get("active", True)
        checked.append({"name": name, "password": password, "active": active is not False,
                        "extra": extra if isinstance(extra, dict) else None})  # fmt: skip
    return checked
