"""Views in the plan: definitions only, every coordinator reads them from its copy of the agency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.tree import DELETE, set_value
from ..errors import ArangoError

if TYPE_CHECKING:
    from .plan_writer import PlanWriter


def view_path(database: str) -> str:
    """Return where the agency keeps the views of a database, by id."""
    return f"/arango/Plan/Views/{database}"


class PlanViews:
    """Reads and writes the views of the plan."""

    def __init__(self, plan: PlanWriter) -> None:
        self._plan = plan

    def all(self, database: str) -> list[dict[str, Any]]:
        """Return the definitions of a database's views."""
        return list((self._plan.cache.get(view_path(database), {}) or {}).values())

    async def put(self, database: str, definition: dict[str, Any]) -> None:
        """Store a definition under its id, or under a new one. Raises ArangoError 1207."""
        if "id" not in definition:
            definition["id"] = str(await self._plan.peers.unique_ids(1))
        path, collections = view_path(database), f"/arango/Plan/Collections/{database}"

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            views = self._plan.cache.get(path)
            others = [*(self._plan.cache.get(collections, {}) or {}).values()]
            others += [view for view in (views or {}).values() if view["id"] != definition["id"]]
            if any(other["name"] == definition["name"] for other in others):
                raise ArangoError(errors.DUPLICATE_NAME)
            before = {"old": views} if views is not None else {"oldEmpty": True}
            return {f"{path}/{definition['id']}": set_value(definition)}, {
                f"/arango/Plan/Databases/{database}": {"oldEmpty": False},
                path: before,
            }

        await self._plan.write(make)

    async def drop(self, database: str, view_id: str) -> None:
        """Take a view out of the plan. Raises ArangoError 1203."""
        path = f"{view_path(database)}/{view_id}"

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            if self._plan.cache.get(path) is None:
                raise ArangoError(errors.DATA_SOURCE_NOT_FOUND)
            return {path: DELETE}, {path: {"oldEmpty": False}}

        await self._plan.write(make)
