"""The AQL functions that ask the database: DOCUMENT, COLLECTIONS, SLEEP, and the old geo and full-text ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from . import functions
from .values import to_number, to_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .reading import Reader


class DatabaseFunctions:
    """Answers calls of one query."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._calls: dict[str, Callable[..., Awaitable[Any]]] = {
            "DOCUMENT": self._document, "SLEEP": self._sleep, "COLLECTIONS": self._collections,
            "COLLECTION_COUNT": self._count, "CURRENT_DATABASE": self._database, "CURRENT_USER": self._user,
            "SCHEMA_GET": self._schema, "NEAR": self._near, "WITHIN": self._within,
            "WITHIN_RECTANGLE": self._within_rectangle, "SHARD_ID": self._shard, "FULLTEXT": self._fulltext,
        }  # fmt: skip

    async def call(self, name: str, arguments: list[Any]) -> Any:
        """Return the value of a call. Raises ArangoError 9 for what is not there."""
        call = self._calls.get(name)
        if call is None:
            raise ArangoError(errors.NOT_IMPLEMENTED, f"arangod-standin: {name}() is not implemented")
        return await call(*arguments)

    # -- documents ---------------------------------------------------------------------------------------------------
    async def _document(self, *arguments: Any) -> Any:
        wanted = arguments[-1]
        collection = arguments[0] if len(arguments) == 2 else None
        if not isinstance(wanted, list):
            return (await self._read([wanted], collection))[0]
        return [document for document in await self._read(wanted, collection) if document is not None]

    async def _read(self, wanted: list[Any], collection: Any) -> list[Any]:
        """Return the documents of keys or ids, None for those that are not there; one request per collection."""
        found: list[Any] = [None] * len(wanted)
        by_collection: dict[str, list[tuple[int, str]]] = {}
        for number, item in enumerate(wanted):
            text = item.get("_id") if isinstance(item, dict) else item
            if not isinstance(text, str):
                continue
            name, separator, key = text.partition("/")
            if not separator:
                if collection is None:
                    continue
                name, key = to_text(collection), text
            by_collection.setdefault(name, []).append((number, key))
        for name, places in by_collection.items():
            info = self._reader.backend.collection(self._reader.database, name)
            operations = [{"op": "read", "key": key} for _, key in places]
            results = await self._reader.backend.execute(info, operations, {})
            for (number, _), result in zip(places, results, strict=True):
                found[number] = result.get("document")
        return found

    # -- the server --------------------------------------------------------------------------------------------------
    async def _sleep(self, seconds: Any) -> None:
        await self._reader.context.sleep(float(to_number(seconds)))

    async def _collections(self) -> list[dict[str, Any]]:
        infos = self._reader.backend.collections(self._reader.database)
        return [{"_id": info.id, "name": info.name} for info in sorted(infos, key=lambda info: info.name)]

    async def _count(self, name: Any) -> int:
        return await self._reader.count(to_text(name))

    async def _database(self) -> str:
        return self._reader.database

    async def _user(self) -> str | None:
        return self._reader.user or None

    async def _schema(self, name: Any) -> Any:
        return self._reader.info(to_text(name)).properties.get("schema")

    async def _shard(self, name: Any, keys: Any) -> str:
        info = self._reader.info(to_text(name))
        if not self._reader.backend.is_cluster:
            return info.name
        return self._reader.backend.responsible_shard(info, keys if isinstance(keys, dict) else {})

    # -- geo ---------------------------------------------------------------------------------------------------------
    async def _placed(self, name: str) -> list[tuple[float, float, dict[str, Any]]]:
        """Return latitude, longitude and document of what a collection's geo index holds. Raises ArangoError 1570."""
        info = self._reader.info(name)
        index = next((item for item in info.properties.get("indexes") or () if item.get("type") == "geo"), None)
        if index is None:
            raise ArangoError(errors.QUERY_GEO_INDEX_MISSING)
        fields = index["fields"]
        found = []
        for document in await self._reader.documents(name):
            values = [_attribute(document, field) for field in fields]
            place = values if len(values) == 2 else values[0]
            if not isinstance(place, list) or len(place) != 2:
                continue
            if not all(type(part) in (int, float) for part in place):
                continue
            latitude, longitude = place if not index.get("geoJson") or len(fields) == 2 else (place[1], place[0])
            found.append((latitude, longitude, document))
        return found

    async def _by_distance(self, name: Any, latitude: Any, longitude: Any) -> list[tuple[float, dict[str, Any]]]:
        distance = functions.resolve("DISTANCE", 4)
        found = []
        for at_latitude, at_longitude, document in await self._placed(to_text(name)):
            values = (latitude, longitude, at_latitude, at_longitude)
            metres = distance.call(self._reader.context, *values) if distance.pass_context else distance.call(*values)
            if metres is not None:
                found.append((float(metres), document))
        found.sort(key=lambda item: item[0])
        return found

    async def _near(
        self, name: Any, latitude: Any, longitude: Any, limit: Any = 100, attribute: Any = None
    ) -> list[dict[str, Any]]:
        found = await self._by_distance(name, latitude, longitude)
        return [_with_distance(item, attribute) for item in found[: int(to_number(100 if limit is None else limit))]]

    async def _within(
        self, name: Any, latitude: Any, longitude: Any, radius: Any, attribute: Any = None
    ) -> list[dict[str, Any]]:
        found = await self._by_distance(name, latitude, longitude)
        return [_with_distance(item, attribute) for item in found if item[0] <= to_number(radius)]

    async def _within_rectangle(
        self, name: Any, latitude1: Any, longitude1: Any, latitude2: Any, longitude2: Any
    ) -> list[dict[str, Any]]:
        south, north = sorted((to_number(latitude1), to_number(latitude2)))
        west, east = sorted((to_number(longitude1), to_number(longitude2)))
        return [
            document
            for latitude, longitude, document in await self._placed(to_text(name))
            if south <= latitude <= north and west <= longitude <= east
        ]

    # -- words -------------------------------------------------------------------------------------------------------
    async def _fulltext(self, name: Any, attribute: Any, query: Any, limit: Any = None) -> list[dict[str, Any]]:
        """Answer FULLTEXT() by looking at all documents. Raises ArangoError 1571 without a fulltext index."""
        from .fulltext import FulltextQuery, words_of

        collection, field = to_text(name), to_text(attribute)
        indexes = self._reader.info(collection).properties.get("indexes") or ()
        index = next((item for item in indexes if item.get("type") == "fulltext" and item["fields"] == [field]), None)
        if index is None:
            raise ArangoError(errors.QUERY_FULLTEXT_INDEX_MISSING)
        wanted, shortest = FulltextQuery(to_text(query)), int(index.get("minLength") or 1)
        documents = await self._reader.documents(collection)
        found = [item for item in documents if wanted.matches(words_of(_attribute(item, field), shortest))]
        return found if limit is None else found[: max(int(to_number(limit)), 0)]


def _attribute(document: dict[str, Any], path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _with_distance(item: tuple[float, dict[str, Any]], attribute: Any) -> dict[str, Any]:
    return item[1] if attribute is None else {**item[1], to_text(attribute): item[0]}
