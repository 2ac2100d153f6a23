"""Ids and short names of the cluster's servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from .agency_client import AgencyCache

_SHORT = "/arango/Target/MapUniqueToShortID"


class ServerNames:
    """Finds servers by either name."""

    def __init__(self, cache: AgencyCache) -> None:
        self._cache = cache

    def short(self, server: str) -> str:
        """Return the short name of an id; a resigned leader's underscore stays in front."""
        plain = server.lstrip("_")
        return ("_" if server != plain else "") + str(self._cache.get(f"{_SHORT}/{plain}/ShortName", plain))

    def id_of(self, name: Any) -> str | None:
        """Return the id for an id or a short name, None for neither."""
        known = self._cache.get(_SHORT, {}) or {}
        if not isinstance(name, str):
            return None
        if name in known:
            return name
        return next((server for server, entry in known.items() if entry.get("ShortName") == name), None)

    def dbserver(self, name: Any) -> str:
        """Return the id of a dbserver. Raises ArangoError 404 when there is none of that name."""
        server = self.id_of(name)
        if server is None or server not in self._cache.get("/arango/Plan/DBServers", {}):
            raise ArangoError(errors.HTTP_NOT_FOUND, f"no DB-Server '{name}'")
        return server

    def member(self, name: Any) -> str:
        """Return the id of a dbserver or coordinator. Raises ArangoError 404 when there is none of that name."""
        server = self.id_of(name)
        if server is None:
            raise ArangoError(errors.HTTP_NOT_FOUND, f"no server '{name}' in the cluster")
        return server
