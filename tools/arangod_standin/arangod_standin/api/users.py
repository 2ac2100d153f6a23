"""Users and what they may do: ``/_api/user``. A change counts at once here, and soon on other coordinators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..accounts.account import ANY, Account, parse_level
from ..errors import ArangoError
from ..http.message import Response, json_response, success
from ..permissions import is_admin, require_admin

if TYPE_CHECKING:
    from ..accounts.store import AccountStore
    from ..context import ServerContext
    from ..http.message import Request


class UserApi:
    """Handlers below ``/_api/user``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("GET POST", "/_api/user", self.users)
        add("GET PUT PATCH DELETE", "/_api/user/*", self.user)
        add("POST", "/_api/user/*", self.check_password)
        add("GET", "/_api/user/*/database", self.databases)
        add("GET PUT DELETE", "/_api/user/*/database/*", self.database)
        add("GET PUT DELETE", "/_api/user/*/database/*/*", self.collection)
        add("GET DELETE", "/_api/user/*/config", self.config)
        add("GET PUT DELETE", "/_api/user/*/config/*", self.config)

    @property
    def _accounts(self) -> AccountStore:
        authenticator = self._context.authenticator
        if authenticator is None or authenticator.accounts is None:
            raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)
        return authenticator.accounts

    def _may_access(self, request: Request, name: str) -> None:
        if request.user != name and not is_admin(self._context, request):
            raise ArangoError(errors.FORBIDDEN)

    # -- users -------------------------------------------------------------------------------------------------------
    async def users(self, request: Request) -> Response:
        """GET lists, POST creates."""
        require_admin(self._context, request)
        if request.method == "GET":
            return success(200, {"result": [account.public() for account in await self._accounts.all()]})
        body = request.json_object()
        name = body.get("user", body.get("username", ""))
        if not isinstance(name, str):
            raise ArangoError(errors.USER_INVALID_NAME)
        account = await self._accounts.create(
            Account.new(name, _password(body) or "", active=_active(body, default=True), extra=_extra(body))
        )
        return success(201, account.public())

    async def user(self, request: Request, name: str) -> Response:
        """GET, PUT (replaces, except the grants of root), PATCH (merges) and DELETE of one user."""
        if request.method == "DELETE":
            require_admin(self._context, request)
            await self._accounts.remove(name)
            return success(202)
        self._may_access(request, name)
        if request.method == "GET":
            return success(200, (await self._accounts.find(name)).public())
        body = request.json_object()
        replace = request.method == "PUT"

        def edit(account: Account) -> None:
            if replace:
                fresh = Account.new(name, _password(body) or "", active=_active(body, default=True), extra=_extra(body))
                keep = {member: account.document[member] for member in ("_key", "_id", "_rev")}
                account.document = {**fresh.document, **keep}
                return
            password = _password(body)
            if password is not None:
                account.set_password(password)
            account.set_active(_active(body, default=account.active))
            account.document["userData"] = {**(account.document.get("userData") or {}), **(_extra(body) or {})}

        return success(200, (await self._accounts.change(name, edit)).public())

    async def check_password(self, request: Request, name: str) -> Response:
        """POST /_api/user/{user} {passwd}: true if that is the user's password, else 404/1703."""
        account = await self._accounts.find(name)
        if not account.active or not account.check_password(_password(request.json_object()) or ""):
            raise ArangoError(errors.USER_NOT_FOUND)
        return success(200, {"result": True})

    # -- levels ------------------------------------------------------------------------------------------------------
    async def databases(self, request: Request, name: str) -> Response:
        """GET /_api/user/{user}/database ?full."""
        self._may_access(request, name)
        account = await self._accounts.find(name)
        backend = self._context.require_backend()
        if not request.flag("full"):
            levels = {database: account.database_level(database) for database in backend.database_names()}
            return success(200, {"result": {name: level for name, level in levels.items() if level != "none"}})
        result: dict[str, object] = {}
        for database in backend.database_names():
            names = [*(info.name for info in backend.collections(database)), ANY]
            levels = {name: account.configured_collection_level(database, name) for name in names}
            result[database] = {"permission": account.configured_database_level(database), "collections": levels}
        any_level = account.configured_collection_level(ANY, ANY)
        result[ANY] = {"permission": account.database_level(ANY), "collections": {ANY: any_level}}
        return success(200, {"result": result})

    async def database(self, request: Request, name: str, database: str) -> Response:
        """GET, PUT {grant}, DELETE of the level for a database."""
        if request.method == "GET":
            self._may_access(request, name)
            account = await self._accounts.find(name)
            configured = request.flag("configured")
            level = account.configured_database_level(database) if configured else account.database_level(database)
            return success(200, {"result": level})
        require_admin(self._context, request)
        if request.method == "PUT":
            level = parse_level(_grant(request))
            await self._accounts.change(name, lambda account: account.grant_database(database, level))
            return success(200, {database: level})
        await self._accounts.change(name, lambda account: _ignore(account.revoke_database(database)))
        return success(202)

    async def collection(self, request: Request, name: str, database: str, collection: str) -> Response:
        """GET, PUT {grant}, DELETE of the level for a collection."""
        if request.method == "GET":
            self._may_access(request, name)
            account = await self._accounts.find(name)
            configured = request.flag("configured")
            find = account.configured_collection_level if configured else account.collection_level
            return success(200, {"result": find(database, collection)})
        require_admin(self._context, request)
        await self._accounts.find(name)
        if ANY not in (database, collection):
            self._context.require_backend().collection(database, collection)
        if request.method == "PUT":
            level = parse_level(_grant(request))
            await self._accounts.change(name, lambda account: account.grant_collection(database, collection, level))
            return success(200, {f"{database}/{collection}": level})
        await self._accounts.change(name, lambda account: _ignore(account.revoke_collection(database, collection)))
        return success(202)

    # -- data of the web interface -----------------------------------------------------------------------------------
    async def config(self, request: Request, name: str, key: str = "") -> Response:
        """GET, PUT {value}, DELETE of what a web interface keeps for a user."""
        self._may_access(request, name)
        if request.method == "GET":
            data = (await self._accounts.find(name)).document.get("configData") or {}
            return success(200, {"result": data.get(key) if key else data})
        value = request.json_object().get("value") if request.method == "PUT" else None

        def edit(account: Account) -> None:
            data = {member: old for member, old in (account.document.get("configData") or {}).items() if member != key}
            account.document["configData"] = {} if not key else data if value is None else {**data, key: value}

        await self._accounts.change(name, edit)
        return json_response(200, {})


def _ignore(value: object) -> None:
    """Turn a function that says something into one that does not."""


def _grant(request: Request) -> object:
    grant = request.json_object().get("grant")
    if not isinstance(grant, str):
        raise ArangoError(errors.BAD_PARAMETER, "expecting a string 'grant'")
    return grant


def _password(body: dict[str, Any]) -> str | None:
    password = body.get("passwd")
    return password if isinstance(password, str) else None


def _active(body: dict[str, Any], *, default: bool) -> bool:
    active = body.get("active")
    return active if isinstance(active, bool) else default


def _extra(body: dict[str, Any]) -> dict[str, Any] | None:
    extra = body.get("extra")
    return extra if isinstance(extra, dict) else None
