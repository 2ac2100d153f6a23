"""Analyzers: definitions only, kept in ``_analyzers`` of their database as ArangoDB keeps them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..failure_points import FAILURE_POINTS
from ..http.message import Response, success
from ..storage.operations import first_error
from .analyzer_names import COLLECTION, built_in_analyzers, find_analyzer, named_analyzers, place_of, visible_analyzers

if TYPE_CHECKING:
    from ..backend import Backend
    from ..context import ServerContext
    from ..http.message import Request

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,253}")
_FEATURES = ("frequency", "norm", "position", "offset")
# type -> properties that must be there, with their type
_TYPES: dict[str, dict[str, type]] = {
    "identity": {},
    "delimiter": {"delimiter": str},
    "multi_delimiter": {"delimiters": list},
    "stem": {"locale": str},
    "norm": {"locale": str},
    "ngram": {"min": int, "max": int, "preserveOriginal": bool},
    "wildcard": {"ngramSize": int},
    "text": {"locale": str},
    "collation": {"locale": str},
    "aql": {"queryString": str},
    "pipeline": {"pipeline": list},
    "stopwords": {"stopwords": list},
    "segmentation": {},
    "minhash": {"analyzer": dict, "numHashes": int},
    "classification": {"model_location": str},
    "nearest_neighbors": {"model_location": str},
    "geojson": {},
    "geo_s2": {},
    "geopoint": {},
}
# type -> what it does where its properties say nothing else
_CELLS = {"maxCells": 20, "maxLevel": 23, "minLevel": 4}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "geojson": {"legacy": False, "options": _CELLS, "type": "shape"},
    "geo_s2": {"format": "latLngDouble", "options": _CELLS, "type": "shape"},
    "geopoint": {"latitude": [], "longitude": [], "options": _CELLS},
}


def _bad(message: str) -> ArangoError:
    return ArangoError(errors.BAD_PARAMETER, message)


def complete_analyzer(body: dict[str, Any]) -> dict[str, Any]:
    """Return type, properties and features of a new analyzer. Raises ArangoError 400/10."""
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise _bad(f"invalid analyzer: 'type' must be one of {', '.join(_TYPES)}")
    properties = body.get("properties")
    properties = {} if properties is None else properties
    if not isinstance(properties, dict):
        raise _bad("invalid analyzer: 'properties' must be an object")
    for name, wanted in _TYPES[kind].items():
        if not isinstance(properties.get(name), wanted):
            raise _bad(f"invalid analyzer: type {kind} needs the property '{name}' of type {wanted.__name__}")
    features = body.get("features")
    features = [] if features is None else features
    if not isinstance(features, list) or not all(feature in _FEATURES for feature in features):
        raise _bad(f"invalid analyzer: 'features' must be a list of {', '.join(_FEATURES)}")
    if ({"position", "offset"} & set(features)) and "frequency" not in features:
        raise _bad("invalid analyzer: the features position and offset need frequency")
    return {"type": kind, "properties": {**_DEFAULTS.get(kind, {}), **properties}, "features": features}


class AnalyzerApi:
    """Handlers below ``/_api/analyzer``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        context.router.add("GET POST", "/_api/analyzer", self.analyzers)
        context.router.add("GET DELETE", "/_api/analyzer/*", self.analyzer)

    async def analyzers(self, request: Request) -> Response:
        """GET lists, POST creates."""
        backend = self._context.backend_for(request)
        backend.database(request.database)
        if request.method == "GET":
            return success(200, {"result": await visible_analyzers(backend, request.database)})
        body = request.json_object()
        name = self._short_name(request.database, body.get("name"))
        made = complete_analyzer(body)
        existing = await find_analyzer(backend, request.database, name)
        if existing is not None:
            if all(existing[member] == made[member] for member in made):
                return success(200, existing)
            raise _bad(f"name collision: an analyzer '{name}' with another definition exists")
        await self._store(backend, request.database, {"op": "insert", "doc": {"_key": name, "name": name, **made}})
        found = await find_analyzer(backend, request.database, name)
        return success(201, {**(found or {}), **made})

    @staticmethod
    def _short_name(database: str, given: Any) -> str:
        if not isinstance(given, str) or not given:
            raise _bad("invalid analyzer: 'name' must be a string that is not empty")
        place, name = place_of(database, given)
        if place != database:
            raise ArangoError(errors.FORBIDDEN, f"analyzer '{given}' belongs to another database")
        if _NAME.fullmatch(name) is None:
            raise _bad(f"invalid characters in analyzer name '{name}'")
        return name

    @staticmethod
    async def _store(backend: Backend, database: str, operation: dict[str, Any]) -> None:
        FAILURE_POINTS.check("FailStoreAnalyzer")
        error = first_error(await backend.execute(backend.collection(database, COLLECTION), [operation], {}))
        if error is not None:
            raise error

    async def analyzer(self, request: Request, name: str) -> Response:
        """GET and DELETE of one analyzer."""
        backend = self._context.backend_for(request)
        found = await find_analyzer(backend, request.database, name)
        if found is None:
            raise ArangoError(errors.DOCUMENT_NOT_FOUND, f"analyzer '{name}' was not found")
        if request.method == "GET":
            return success(200, found)
        place, short = place_of(request.database, name)
        if place != request.database or any(short == analyzer["name"] for analyzer in built_in_analyzers()):
            raise ArangoError(errors.FORBIDDEN, f"analyzer '{name}' cannot be removed from here")
        if not request.flag("force") and self._is_used(backend, request.database, short):
            raise ArangoError(errors.CONFLICT, f"analyzer in-use while removing analyzer '{found['name']}'")
        await self._store(backend, request.database, {"op": "remove", "key": short})
        return success(200, {"name": found["name"]})

    @staticmethod
    def _is_used(backend: Backend, database: str, short: str) -> bool:
        """Say whether a view or an inverted index of the database names an analyzer."""
        definitions: list[Any] = list(backend.views(database))
        definitions += [info.properties.get("indexes", []) for info in backend.collections(database)]
        return any(place_of(database, name) == (database, short) for name in named_analyzers(definitions))
