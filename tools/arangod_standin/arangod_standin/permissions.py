"""What a user may do: the check at the door of a database, and a backend that refuses what exceeds the user's levels.

The guard wraps the backend of each request that a user (not a superuser) sends, so that queries, graphs, imports and
transactions obey the same levels as single documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from .accounts.account import SYSTEM, Account
from .backend import Backend, CollectionInfo
from .errors import ArangoError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from .backend import IndexRange
    from .context import ServerContext
    from .http.message import Request
    from .storage.operations import Operation, Result

# Routes that authenticated users may ask for whatever their level on the database in the path.
_ANY_LEVEL = (["_api", "user"], ["_api", "token"])
_ENDPOINTS = ["_api", "cluster", "endpoints"]


def check_database_access(context: ServerContext, request: Request) -> None:
    """Refuse users without access to the request's database. Raises ArangoError 401/11, as ArangoDB does."""
    if request.superuser or request.segments[:2] in _ANY_LEVEL or request.segments == _ENDPOINTS:
        return
    if database_level(context, request) == "none":
        raise ArangoError(errors.FORBIDDEN, "not authorized to execute this request", status=401)


def database_level(context: ServerContext, request: Request, database: str = "") -> str:
    """Return the level of the request's user on a database (on the request's own unless one is named)."""
    if request.superuser:
        return "rw"
    assert context.authenticator is not None
    account = context.authenticator.account_of(request)
    return account.database_level(database or request.database) if account is not None else "none"


def is_admin(context: ServerContext, request: Request) -> bool:
    """Say whether the request may administrate the server: a superuser, or rw on ``_system``."""
    return database_level(context, request, SYSTEM) == "rw"


def require_admin(context: ServerContext, request: Request) -> None:
    """Raise ArangoError 403/11 unless the request may administrate the server."""
    if not is_admin(context, request):
        raise ArangoError(errors.FORBIDDEN)


def require_superuser(request: Request) -> None:
    """Raise ArangoError 403/11 unless the request carries a superuser's token."""
    if not request.superuser:
        raise ArangoError(errors.FORBIDDEN)


def guard(context: ServerContext, backend: Backend, request: Request) -> Backend:
    """Return the backend as the request's user may use it; superusers use it as it is."""
    if request.superuser:
        return backend
    assert context.authenticator is not None
    account = context.authenticator.account_of(request)
    if account is None:
        raise ArangoError(errors.FORBIDDEN)
    return PermissionBackend(backend, account, context)


class PermissionBackend(Backend):
    """Another backend, as far as one user's levels go. Raises ArangoError 403/11, and 403/1004 in read-only mode."""

    def __init__(self, inner: Backend, account: Account, context: ServerContext) -> None:
        self._inner = inner
        self._account = account
        self._context = context
        self.is_cluster = inner.is_cluster

    def __getattr__(self, name: str) -> Any:
        # what only one kind of backend has, such as the plan of a coordinator
        return getattr(self._inner, name)

    # -- checks ------------------------------------------------------------------------------------------------------
    def _check_writable(self) -> None:
        if self._context.read_only:
            raise ArangoError(errors.READ_ONLY)

    def _check_database(self, database: str) -> None:
        self._check_writable()
        if self._account.database_level(database) != "rw":
            raise ArangoError(errors.FORBIDDEN, f"no write access to database '{database}'")

    def _check(self, info: CollectionInfo, *, write: bool = False) -> CollectionInfo:
        level = self._account.collection_level(info.database, info.name)
        if level == "none":
            raise ArangoError(errors.FORBIDDEN, f"no access to collection '{info.name}'")
        if write:
            self._check_writable()
            if level != "rw":
                raise ArangoError(errors.FORBIDDEN, f"no write access to collection '{info.name}'")
        return info

    def _check_definition(self, info: CollectionInfo) -> None:
        """What changes a collection's definition needs rw on the collection and on its database."""
        self._check(info, write=True)
        self._check_database(info.database)

    # -- databases ---------------------------------------------------------------------------------------------------
    async def create_database(self, name: str, options: dict[str, Any]) -> None:
        """Make a database; only administrators may."""
        self._check_database(SYSTEM)
        await self._inner.create_database(name, options)

    async def drop_database(self, name: str) -> None:
        """Remove a database; only administrators may."""
        self._check_database(SYSTEM)
        await self._inner.drop_database(name)

    # -- collections -------------------------------------------------------------------------------------------------
    def collections(self, database: str) -> list[CollectionInfo]:
        """Return the collections that the user may see."""
        found = self._inner.collections(database)
        level = self._account.collection_level
        return [info for info in found if level(database, info.name) != "none"]

    def collection(self, database: str, name_or_id: str) -> CollectionInfo:
        """Return a collection that the user may see."""
        return self._check(self._inner.collection(database, name_or_id))

    async def create_collection(
        self, database: str, body: dict[str, Any], parameters: dict[str, str]
    ) -> CollectionInfo:
        """Make a collection; needs rw on the database."""
        self._check_database(database)
        return await self._inner.create_collection(database, body, parameters)

    async def drop_collection(self, info: CollectionInfo) -> None:
        """Remove a collection, and what was granted for it."""
        self._check_definition(info)
        await self._inner.drop_collection(info)
        await forget_collection(self._context, info)

    async def rename_collection(self, info: CollectionInfo, name: str) -> CollectionInfo:
        """Give a collection another name."""
        self._check_definition(info)
        return await self._inner.rename_collection(info, name)

    async def change_properties(self, info: CollectionInfo, changes: dict[str, Any]) -> CollectionInfo:
        """Change properties."""
        self._check_definition(info)
        return await self._inner.change_properties(info, changes)

    async def truncate(self, info: CollectionInfo) -> None:
        """Remove all documents."""
        self._check(info, write=True)
        await self._inner.truncate(info)

    async def statistics(self, info: CollectionInfo) -> dict[str, Any]:
        """Return figures of a collection that the user may read."""
        return await self._inner.statistics(self._check(info))

    async def checksum(self, info: CollectionInfo, *, with_revisions: bool, with_data: bool) -> int:
        """Return the checksum of a collection that the user may read."""
        return await self._inner.checksum(self._check(info), with_revisions=with_revisions, with_data=with_data)

    # -- indexes and views -------------------------------------------------------------------------------------------
    async def create_index(self, info: CollectionInfo, definition: dict[str, Any]) -> dict[str, Any]:
        """Make an index."""
        self._check_definition(info)
        return await self._inner.create_index(info, definition)

    async def drop_index(self, info: CollectionInfo, index: dict[str, Any]) -> None:
        """Remove an index."""
        self._check_definition(info)
        await self._inner.drop_index(info, index)

    async def lookup(
        self,
        info: CollectionInfo,
        index: dict[str, Any],
        ranges: list[IndexRange],
        *,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Look up documents of a collection that the user may read."""
        return await self._inner.lookup(self._check(info), index, ranges, descending=descending, limit=limit)

    async def put_view(self, database: str, definition: dict[str, Any]) -> None:
        """Store a view; needs rw on the database."""
        self._check_database(database)
        await self._inner.put_view(database, definition)

    async def drop_view(self, database: str, view_id: str) -> None:
        """Remove a view; needs rw on the database."""
        self._check_database(database)
        await self._inner.drop_view(database, view_id)

    # -- documents ---------------------------------------------------------------------------------------------------
    def query_scope(
        self, database: str, *, read: list[str], write: list[str], exclusive: list[str]
    ) -> AbstractAsyncContextManager[Backend]:
        """Return the scope of a query whose collections the user may use."""
        for names, writes in ((read, False), ((*write, *exclusive), True)):
            for name in names:
                self._check(self._inner.collection(database, name), write=writes)
        scope = self._inner.query_scope(database, read=read, write=write, exclusive=exclusive)
        return _GuardedScope(scope, self._account, self._context)

    async def execute(self, info: CollectionInfo, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Run operations that the user may run."""
        self._check(info, write=any(operation["op"] != "read" for operation in operations))
        return await self._inner.execute(info, operations, options)

    async def scan(
        self, info: CollectionInfo, *, key: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return documents of a collection that the user may read."""
        return await self._inner.scan(self._check(info), key=key, limit=limit)


class _GuardedScope:
    """A query's scope whose backend is guarded, too."""

    def __init__(self, scope: AbstractAsyncContextManager[Backend], account: Account, context: ServerContext) -> None:
        self._scope = scope
        self._account = account
        self._context = context

    async def __aenter__(self) -> Backend:
        return PermissionBackend(await self._scope.__aenter__(), self._account, self._context)

    async def __aexit__(self, *details: Any) -> bool | None:
        return await self._scope.__aexit__(*details)


def _delegate(name: str) -> Any:
    def method(self: PermissionBackend, *arguments: Any, **named: Any) -> Any:
        return getattr(self._inner, name)(*arguments, **named)

    return method


# The rest of the contract goes through unchanged, also what is added to it later.
for _name, _member in list(vars(Backend).items()):
    if callable(_member) and not _name.startswith("__") and _name not in vars(PermissionBackend):
        setattr(PermissionBackend, _name, _delegate(_name))


async def forget_collection(context: ServerContext, info: CollectionInfo) -> None:
    """Take back what was granted for a collection that was dropped."""
    accounts = context.authenticator.accounts if context.authenticator is not None else None
    if accounts is not None and not info.name.startswith("_"):
        await accounts.forget_collection(info.database, info.name)


def require_policy(context: ServerContext, request: Request, policy: str) -> None:
    """Obey an option that opens a part of the API: ``public``, ``admin`` (or ``true``), ``jwt``, else closed.

    Raises ArangoError 404 when that part is closed, 403/11 when it is not open to the request's user.
    """
    if policy == "public":
        return
    if policy == "jwt":
        require_superuser(request)
    elif policy in ("admin", "true"):
        require_admin(context, request)
    else:
        raise ArangoError(errors.HTTP_NOT_FOUND)
