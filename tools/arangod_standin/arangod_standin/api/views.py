"""Views: definitions only; nothing is indexed by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, success
from ..storage.keys import check_collection_name
from .view_definitions import (
    ARANGOSEARCH,
    SEARCH_ALIAS,
    bad_view,
    complete_arangosearch,
    complete_search_alias,
    fixed_properties,
)

if TYPE_CHECKING:
    from ..backend import Backend
    from ..context import ServerContext
    from ..http.message import Request

_IDENTITY = ("id", "name", "type")


class ViewApi:
    """Handlers below ``/_api/view``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._family = context.settings.family
        add = context.router.add
        add("GET POST", "/_api/view", self.views)
        add("GET DELETE", "/_api/view/*", self.view)
        add("GET PUT PATCH", "/_api/view/*/properties", self.properties)
        add("PUT", "/_api/view/*/rename", self.rename)

    def _found(self, request: Request, name: str) -> tuple[Backend, dict[str, Any]]:
        backend = self._context.backend_for(request)
        for view in backend.views(request.database):
            if name in (view["name"], view["id"]):
                return backend, view
        raise ArangoError(errors.DATA_SOURCE_NOT_FOUND, f"collection or view not found: {name}")

    @staticmethod
    def _full(backend: Backend, view: dict[str, Any]) -> dict[str, Any]:
        letter = "c" if backend.is_cluster else "h"
        return {**view, "globallyUniqueId": f"{letter}{view['id']}/{view['id']}"}

    def _basic(self, backend: Backend, view: dict[str, Any]) -> dict[str, Any]:
        full = self._full(backend, view)
        return {name: full[name] for name in (*_IDENTITY, "globallyUniqueId")}

    async def _complete(
        self, backend: Backend, database: str, kind: str, body: dict[str, Any], before: dict[str, Any] | None
    ) -> dict[str, Any]:
        if kind == ARANGOSEARCH:
            return await complete_arangosearch(backend, database, body, self._family, before)
        return complete_search_alias(backend, database, body, (before or {}).get("indexes", []))

    async def views(self, request: Request) -> Response:
        """GET lists, POST creates."""
        backend = self._context.backend_for(request)
        if request.method == "GET":
            found = backend.views(request.database)
            return success(200, {"result": [self._basic(backend, view) for view in found]})
        body = request.json_object()
        name = check_collection_name(body.get("name"), what="view")
        kind = body.get("type")
        if kind not in (ARANGOSEARCH, SEARCH_ALIAS):
            raise bad_view(f"invalid view: 'type' must be {ARANGOSEARCH} or {SEARCH_ALIAS}")
        taken = [view["name"] for view in backend.views(request.database)]
        if name in taken:
            raise ArangoError(errors.DUPLICATE_NAME)
        definition = {"name": name, "type": kind}
        definition.update(await self._complete(backend, request.database, kind, body, None))
        await backend.put_view(request.database, definition)
        return success(201, self._full(backend, definition))

    async def view(self, request: Request, name: str) -> Response:
        """GET shows what a view is, DELETE removes it."""
        backend, view = self._found(request, name)
        if request.method == "DELETE":
            await backend.drop_view(request.database, view["id"])
            return success(200, {"result": True})
        return success(200, self._basic(backend, view))

    async def properties(self, request: Request, name: str) -> Response:
        """GET shows all properties, PUT replaces those that can change, PATCH changes some."""
        backend, view = self._found(request, name)
        if request.method == "GET":
            return success(200, self._full(backend, view))
        identity = {name: view[name] for name in _IDENTITY}
        before: dict[str, Any] = {name: value for name, value in view.items() if name not in _IDENTITY}
        if request.method == "PUT":
            before = fixed_properties(view)
        changed = await self._complete(backend, request.database, view["type"], request.json_object(), before)
        definition = {**identity, **changed}
        await backend.put_view(request.database, definition)
        return success(200, self._full(backend, definition))

    async def rename(self, request: Request, name: str) -> Response:
        """PUT /rename; clusters cannot."""
        backend, view = self._found(request, name)
        if backend.is_cluster:
            raise ArangoError(errors.CLUSTER_UNSUPPORTED)
        wanted = check_collection_name(request.json_object().get("name"), what="view")
        renamed = {**view, "name": wanted}
        if wanted != view["name"]:
            await backend.put_view(request.database, renamed)
        return success(200, self._basic(backend, renamed))
