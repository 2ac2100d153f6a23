"""One user: a view of its document in ``_system/_users``, with ArangoDB's rules for levels of access.

Fallbacks as in ArangoDB's manual: a database without a level of its own takes the better one of ``*`` and ``_system``;
a collection without one the best of its database's level, the database's ``*`` collections, ``_system`` and ``*``.
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..errors import ArangoError
from . import passwords

SYSTEM = "_system"
ANY = "*"
# Levels in ascending order; "undefined" means that nothing was granted.
LEVELS = ("undefined", "none", "ro", "rw")


def better(*levels: str) -> str:
    """Return the highest of some levels."""
    return max(levels, key=LEVELS.index)


def _level_of(holder: object) -> str:
    permissions = holder.get("permissions") if isinstance(holder, dict) else None
    if not isinstance(permissions, dict) or permissions.get("undefined"):
        return "undefined"
    if permissions.get("write"):
        return "rw"
    return "ro" if permissions.get("read") else "none"


def _permissions(level: str) -> dict[str, bool]:
    return {"undefined": True} if level == "undefined" else {"read": level != "none", "write": level == "rw"}


def parse_level(grant: object) -> str:
    """Return a level from what a client wrote. Raises ArangoError 10."""
    level = {"administrate": "rw", "read-write": "rw", "read-only": "ro"}.get(str(grant).lower(), str(grant).lower())
    if level not in ("rw", "ro", "none"):
        raise ArangoError(errors.BAD_PARAMETER, "expecting grant to be one of 'rw', 'ro' and 'none'")
    return level


class Account:
    """A user's document; changes are made to the document and stored by `AccountStore`."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.name = str(document.get("user", ""))
        self._levels: dict[tuple[str, str], str] = {}

    @staticmethod
    def new(name: str, password: str, *, active: bool = True, extra: dict[str, Any] | None = None) -> Account:
        """Return a user that may do nothing yet. Raises ArangoError 1700 for an empty or impossible name."""
        if not name or name.startswith(":role:"):
            raise ArangoError(errors.USER_INVALID_NAME)
        document: dict[str, Any] = {
            "user": name,
            "source": "COLLECTION",
            "authData": {"active": active, "simple": passwords.simple_auth(password)},
            "databases": {},
            "configData": {},
            "userData": dict(extra or {}),
        }
        account = Account(document)
        if name == "root":
            for database in (SYSTEM, ANY):
                account.grant_database(database, "rw")
                account.grant_collection(database, ANY, "rw")
        return account

    # -- who ---------------------------------------------------------------------------------------------------------
    @property
    def key(self) -> str:
        """The key of the document, empty before it is stored."""
        return str(self.document.get("_key", ""))

    @property
    def active(self) -> bool:
        """False when the user may not log in."""
        return bool(self.document.get("authData", {}).get("active", True))

    @property
    def tokens(self) -> list[dict[str, Any]]:
        """The records of the user's access tokens."""
        found: list[dict[str, Any]] = self.document.setdefault("accessTokens", [])
        return found

    def public(self) -> dict[str, object]:
        """Return what ``GET /_api/user/{user}`` shows."""
        return {"user": self.name, "active": self.active, "extra": self.document.get("userData") or {}}

    def set_password(self, password: str) -> None:
        """Change the password."""
        self.document["authData"]["simple"] = passwords.simple_auth(password)

    def set_active(self, active: bool) -> None:
        """Let the user in, or keep it out."""
        self.document["authData"]["active"] = active

    def check_password(self, password: str) -> bool:
        """Say whether this is the password; whether the user is active is another question."""
        simple = self.document.get("authData", {}).get("simple")
        return isinstance(simple, dict) and passwords.matches(simple, password)

    # -- levels ------------------------------------------------------------------------------------------------------
    def _databases(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document.setdefault("databases", {})
        return found

    def configured_database_level(self, database: str) -> str:
        """Return the level granted for exactly this database, or ``undefined``."""
        return _level_of(self._databases().get(database))

    def configured_collection_level(self, database: str, collection: str) -> str:
        """Return the level granted for exactly this collection, or ``undefined``."""
        entry = self._databases().get(database)
        collections = entry.get("collections") if isinstance(entry, dict) else None
        return _level_of(collections.get(collection)) if isinstance(collections, dict) else "undefined"

    def database_level(self, database: str) -> str:
        """Return the level that counts for a database: rw, ro or none."""
        level = self.configured_database_level(database)
        if level == "undefined" and database != ANY:
            level = better(self.configured_database_level(ANY), self.configured_database_level(SYSTEM))
        return better(level, "none")

    def collection_level(self, database: str, collection: str) -> str:
        """Return the level that counts for a collection: rw, ro or none."""
        known = self._levels.get((database, collection))
        if known is None:
            known = self._levels[database, collection] = self._collection_level(database, collection)
        return known

    def _collection_level(self, database: str, collection: str) -> str:
        if not collection or (database == ANY and collection != ANY):
            return "none"
        if collection.startswith("_"):
            if collection == "_users" and database == SYSTEM:
                return "none"
            fixed = {"_queues": "ro", "_frontend": "rw"}.get(collection)
            return fixed or self.database_level(database)
        level = "none"
        if database != ANY:
            own = self.configured_collection_level(database, collection)
            if own != "undefined":
                return own
            if collection == ANY and database in self._databases():
                return "none"
            level = better(level, self.configured_database_level(database),
                           self.configured_collection_level(database, ANY))  # fmt: skip
            if database != SYSTEM:
                level = better(level, self.configured_database_level(SYSTEM))
        return better(level, self.configured_database_level(ANY), self.configured_collection_level(ANY, ANY))

    @property
    def granted_databases(self) -> list[str]:
        """The databases (and ``*``) for which something was granted."""
        return list(self._databases())

    @property
    def is_admin(self) -> bool:
        """True for users that may administrate the server: rw on ``_system``."""
        return self.database_level(SYSTEM) == "rw"

    # -- grants ------------------------------------------------------------------------------------------------------
    def _entry(self, database: str, level: str) -> dict[str, Any]:
        if not database:
            raise ArangoError(errors.BAD_PARAMETER, "cannot set rights for an empty database name")
        entry: dict[str, Any] = self._databases().setdefault(
            database, {"permissions": _permissions(level), "collections": {}}
        )
        return entry

    def _keep_root(self, database: str, level: str) -> None:
        if self.name == "root" and database == SYSTEM and level != "rw":
            raise ArangoError(errors.FORBIDDEN, "cannot lower access level of 'root' to _system")

    def grant_database(self, database: str, level: str) -> None:
        """Grant a level for a database. Raises ArangoError 11 when root would lose ``_system``."""
        self._keep_root(database, level)
        self._entry(database, level)["permissions"] = _permissions(level)
        self._levels.clear()

    def grant_collection(self, database: str, collection: str, level: str) -> None:
        """Grant a level for a collection. Raises ArangoError 10 for system collections, which follow the database."""
        if not collection or collection.startswith("_"):
            raise ArangoError(errors.BAD_PARAMETER, "cannot set rights for system collections")
        if collection == ANY:
            self._keep_root(database, level)
        entry = self._entry(database, "undefined")
        entry.setdefault("collections", {})[collection] = {"permissions": _permissions(level)}
        self._levels.clear()

    def revoke_database(self, database: str) -> bool:
        """Forget what was granted for a database; say whether there was anything."""
        self._keep_root(database, "none")
        self._levels.clear()
        return self._databases().pop(database, None) is not None

    def revoke_collection(self, database: str, collection: str) -> bool:
        """Forget what was granted for a collection; say whether there was anything."""
        if collection == ANY:
            self._keep_root(database, "none")
        self._levels.clear()
        entry = self._databases().get(database)
        return isinstance(entry, dict) and entry.get("collections", {}).pop(collection, None) is not None
