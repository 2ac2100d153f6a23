"""What views say of collections, kept right when a collection is renamed or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..backend import Backend


def _changed(view: dict[str, Any], before: str, after: str | None) -> dict[str, Any] | None:
    """Return the view without a collection (`after` is None) or with its new name, None when nothing changes."""
    if before in view.get("links", {}):
        links = {after if name == before else name: link for name, link in view["links"].items()}
        links.pop(None, None)
        return {**view, "links": links}
    indexes = view.get("indexes", [])
    if any(item["collection"] == before for item in indexes):
        kept = [{**item, "collection": after if item["collection"] == before else item["collection"]}
                for item in indexes]  # fmt: skip
        return {**view, "indexes": [item for item in kept if item["collection"] is not None]}
    return None


async def change_links(backend: Backend, database: str, before: str, after: str | None) -> None:
    """Follow the renaming of a collection, or its removal (`after` is None), in all views of the database."""
    if before == after:
        return
    for view in backend.views(database):
        changed = _changed(view, before, after)
        if changed is not None:
            await backend.put_view(database, changed)
