"""The databases and collections stored on this server."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .collection import StoredCollection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .engine import Engine


class Catalog:
    """Keeps the stored collections by database and name; changes go into the engine's current transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.databases: dict[str, dict[str, Any]] = {}
        self.collections: dict[str, dict[str, StoredCollection]] = {}
        # definitions of views by database and id
        self.views: dict[str, dict[str, dict[str, Any]]] = {}
        self._load({})
        engine.rollback_listeners.append(self._reload)

    def _reload(self) -> None:
        """Return to what is stored, after changes of the catalog were undone; collections stay the same objects."""
        known = {item.id: item for collections in self.collections.values() for item in collections.values()}
        self.databases, self.collections, self.views = {}, {}, {}
        self._load(known)

    def _load(self, known: dict[str, StoredCollection]) -> None:
        engine = self.engine
        for name, database_id, properties in engine.rows("SELECT name, id, properties FROM databases"):
            self.databases[name] = {"id": database_id, **json.loads(properties)}
            self.collections[name] = {}
            self.views[name] = {}
        for meta, value in engine.rows("SELECT name, value FROM meta WHERE name >= 'view:' AND name < 'view;'"):
            view_id, _, database = meta.removeprefix("view:").partition(":")
            self.views[database][view_id] = json.loads(value)
        for cid, database, name, properties in engine.rows(
            "SELECT id, database, name, properties FROM collections ORDER BY CAST(id AS INTEGER)"
        ):
            loaded = json.loads(properties)
            collection = known.get(cid)
            if collection is None:
                collection = StoredCollection(engine, cid, database, name, loaded)
            elif loaded != collection.properties:
                collection.name = name
                collection.properties.clear()
                collection.properties.update(loaded)
            self.collections[database][name] = collection

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Make what happens inside one change of the catalog: all of it or, after an exception, nothing."""
        self.engine.savepoint()
        try:
            yield
        except BaseException:
            self.engine.rollback_savepoint()
            self._reload()
            raise
        self.engine.release_savepoint()

    def create_database(self, name: str, properties: dict[str, Any]) -> None:
        """Add a database."""
        with self.whole():
            database_id = str(self.engine.next_tick())
            self.databases[name] = {"id": database_id, **properties}
            self.collections[name] = {}
            self.views[name] = {}
            self.engine.write("INSERT INTO databases VALUES (?, ?, ?)", (name, database_id, json.dumps(properties)))

    def drop_database(self, name: str) -> None:
        """Remove a database with all its collections."""
        with self.whole():
            for collection in list(self.collections[name].values()):
                self.drop_collection(collection)
            for view_id in list(self.views[name]):
                self.drop_view(name, view_id)
            del self.collections[name], self.databases[name], self.views[name]
            self.engine.write("DELETE FROM databases WHERE name=?", (name,))

    def create_collection(self, database: str, name: str, properties: dict[str, Any]) -> StoredCollection:
        """Add an empty collection; `properties` must be complete."""
        with self.whole():
            collection = StoredCollection(self.engine, str(self.engine.next_tick()), database, name, properties)
            collection.create_tables()
            collection.save_properties()
            self.collections[database][name] = collection
            return collection

    def drop_collection(self, collection: StoredCollection) -> None:
        """Remove a collection and its data."""
        with self.whole():
            collection.drop_tables()
            self.engine.write("DELETE FROM collections WHERE id=?", (collection.id,))
            del self.collections[collection.database][collection.name]

    def rename_collection(self, collection: StoredCollection, name: str) -> None:
        """Give a collection another name."""
        with self.whole():
            del self.collections[collection.database][collection.name]
            collection.name = name
            self.collections[collection.database][name] = collection
            collection.save_properties()

    # -- views -------------------------------------------------------------------------------------------------------
    def is_taken(self, database: str, name: str) -> bool:
        """Say whether a collection or a view has the name; they share one name space."""
        return name in self.collections[database] or any(view["name"] == name for view in self.views[database].values())

    def put_view(self, database: str, definition: dict[str, Any]) -> None:
        """Store a view's definition under its id."""
        with self.whole():
            self.views[database][definition["id"]] = definition
            self.engine.set_meta(f"view:{definition['id']}:{database}", json.dumps(definition))

    def drop_view(self, database: str, view_id: str) -> None:
        """Remove a view's definition."""
        with self.whole():
            del self.views[database][view_id]
            self.engine.write("DELETE FROM meta WHERE name=?", (f"view:{view_id}:{database}",))
