"""The users of a deployment: kept in ``_system/_users``, in memory for each request, changed one document at a time.

On coordinators the agency's ``Sync/UserVersion`` tells the others that something changed. The key of a user's document
is made of the name, so two coordinators cannot make the same user twice.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .account import Account

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..backend import Backend

_ATTEMPTS = 20
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_MAX_KEY_BYTES = 254


def key_of(name: str) -> str:
    """Return the document key of a user: the name, other bytes than letters and digits as ``%XX``."""
    key = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in name.encode())
    if not 0 < len(key) <= _MAX_KEY_BYTES:
        raise ArangoError(errors.USER_INVALID_NAME)
    return key


class AccountStore:
    """Holds all accounts; `generation` grows with each change, so that others know when to forget what they derived."""

    def __init__(
        self,
        backend: Backend,
        *,
        version: Callable[[], object] = lambda: None,
        announce: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._backend = backend
        self._version = version
        self._announce = announce
        self._accounts: dict[str, Account] | None = None
        self._seen: object = None
        self._loading = asyncio.Lock()
        self.generation = 0

    # -- reading -----------------------------------------------------------------------------------------------------
    @property
    def is_fresh(self) -> bool:
        """True when the copy in memory is what the deployment knows."""
        return self._accounts is not None and self._seen == self._version()

    async def refresh(self, *, force: bool = False) -> None:
        """Read the users again if somebody changed them. Raises ArangoError while they cannot be read."""
        if self.is_fresh and not force:
            return
        async with self._loading:
            if self.is_fresh and not force:
                return
            version = self._version()
            documents = await self._backend.scan(self._backend.collection("_system", "_users"))
            self._accounts = {account.name: account for account in map(Account, documents)}
            self._seen = version
            self.generation += 1

    def get(self, name: str) -> Account | None:
        """Return a user as last read."""
        return (self._accounts or {}).get(name)

    async def find(self, name: str) -> Account:
        """Return a user. Raises ArangoError 1703."""
        await self.refresh()
        account = self.get(name)
        if account is None:
            raise ArangoError(errors.USER_NOT_FOUND)
        return account

    async def all(self) -> list[Account]:
        """Return all users, by name."""
        await self.refresh()
        return [account for _, account in sorted((self._accounts or {}).items())]

    # -- changing ----------------------------------------------------------------------------------------------------
    async def initialise(self, root_password: str) -> None:
        """Make root when there is no user at all, as the first start of a deployment does."""
        await self.refresh(force=True)
        if not self._accounts:
            try:
                await self.create(Account.new("root", root_password))
            except ArangoError as error:
                if error.error_num != errors.USER_DUPLICATE:
                    raise

    async def create(self, account: Account) -> Account:
        """Store a new user. Raises ArangoError 1702 when there is one with that name."""
        await self.refresh()
        if self.get(account.name) is not None:
            raise ArangoError(errors.USER_DUPLICATE)
        document = {**account.document, "_key": key_of(account.name)}
        result = await self._execute({"op": "insert", "doc": document})
        if result.get("error") == errors.UNIQUE_CONSTRAINT_VIOLATED:
            await self.refresh(force=True)
            raise ArangoError(errors.USER_DUPLICATE)
        _raise(result)
        await self._changed()
        return await self.find(account.name)

    async def change(self, name: str, edit: Callable[[Account], None]) -> Account:
        """Change a user and return it as stored; `edit` may be called again. Raises ArangoError 1703."""
        for attempt in range(_ATTEMPTS):
            await self.refresh(force=attempt > 0)
            known = await self.find(name)
            import copy

            draft = Account(copy.deepcopy(known.document))
            edit(draft)
            if draft.document == known.document:
                return known
            body = {member: value for member, value in draft.document.items() if member not in ("_id", "_rev")}
            rev = known.document.get("_rev")
            result = await self._execute({"op": "replace", "key": known.key, "doc": body, "rev": rev})
            if result.get("error") not in (errors.CONFLICT, errors.DOCUMENT_NOT_FOUND):
                _raise(result)
                await self._changed()
                return await self.find(name)
        raise ArangoError(errors.CONFLICT, f"user '{name}' changes too fast")

    async def remove(self, name: str) -> None:
        """Remove a user. Raises ArangoError 1703, and 11 for root."""
        account = await self.find(name)
        if name == "root":
            raise ArangoError(errors.FORBIDDEN, "cannot remove root")
        result = await self._execute({"op": "remove", "key": account.key})
        await self._changed()
        if result.get("error") == errors.DOCUMENT_NOT_FOUND:
            raise ArangoError(errors.USER_NOT_FOUND)
        _raise(result)

    async def forget_database(self, database: str) -> None:
        """Take back what was granted for a database that is no more."""
        for account in await self.all():
            if database in account.granted_databases:
                await self.change(account.name, lambda draft: _revoke_database(draft, database))

    async def forget_collection(self, database: str, collection: str) -> None:
        """Take back what was granted for a collection that is no more."""
        for account in await self.all():
            if account.configured_collection_level(database, collection) != "undefined":
                await self.change(account.name, lambda draft: _revoke_collection(draft, database, collection))

    async def reload(self) -> None:
        """Read all users again after somebody wrote to the collection directly; so do other coordinators."""
        await self._changed()

    async def _execute(self, operation: dict[str, Any]) -> dict[str, Any]:
        info = self._backend.collection("_system", "_users")
        return (await self._backend.execute(info, [operation], {}))[0]

    async def _changed(self) -> None:
        """Read again what was stored, and have the other coordinators do so."""
        if self._announce is not None:
            await self._announce()
        await self.refresh(force=True)


def _revoke_database(account: Account, database: str) -> None:
    account.revoke_database(database)


def _revoke_collection(account: Account, database: str, collection: str) -> None:
    account.revoke_collection(database, collection)


def _raise(result: dict[str, Any]) -> None:
    if "error" in result:
        raise ArangoError(result["error"], result.get("message"))
