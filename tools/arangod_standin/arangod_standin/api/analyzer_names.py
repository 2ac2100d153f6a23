"""Which analyzers there are: those built in, and those kept in ``_analyzers`` of a database and of ``_system``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..backend import Backend

COLLECTION = "_analyzers"
SYSTEM = "_system"
_LANGUAGES = ("de", "en", "es", "fi", "fr", "it", "nl", "no", "pt", "ru", "sv", "zh")
_ALL_FEATURES = ["frequency", "norm", "position"]


def built_in_analyzers() -> list[dict[str, Any]]:
    """Return the definitions of the analyzers that every server has."""
    texts = [
        {"name": f"text_{language}", "type": "text", "features": _ALL_FEATURES,
         "properties": {"locale": language, "case": "lower", "stopwords": [], "accent": False, "stemming": True}}
        for language in _LANGUAGES
    ]  # fmt: skip
    identity = {"name": "identity", "type": "identity", "properties": {}, "features": ["frequency", "norm"]}
    return [identity, *texts]


async def own_analyzers(backend: Backend, database: str, seen_from: str) -> list[dict[str, Any]]:
    """Return the definitions kept in a database, named as another database (or the same) must name them."""
    own = "" if seen_from == SYSTEM else "::"
    prefix = own if database == SYSTEM else f"{database}::"
    try:
        documents = await backend.scan(backend.collection(database, COLLECTION))
    except ArangoError as error:
        if error.error_num in (errors.DATA_SOURCE_NOT_FOUND, errors.FORBIDDEN):
            return []
        raise
    return [
        {
            "name": prefix + document["name"],
            "type": document["type"],
            "properties": document["properties"],
            "features": document["features"],
        }
        for document in documents
        if "name" in document and "type" in document
    ]


def place_of(database: str, name: str) -> tuple[str, str]:
    """Return the database an analyzer's name points to, and the name in it."""
    before, separator, after = name.rpartition("::")
    if not separator:
        return database, name
    return before or SYSTEM, after


async def visible_analyzers(backend: Backend, database: str) -> list[dict[str, Any]]:
    """Return all analyzers that can be used in a database."""
    found = built_in_analyzers()
    for place in dict.fromkeys([SYSTEM, database]):
        found += await own_analyzers(backend, place, database)
    return found


async def find_analyzer(backend: Backend, database: str, name: str) -> dict[str, Any] | None:
    """Return the analyzer that a name means in a database, None when there is none or it is not to be seen there."""
    place, short = place_of(database, name)
    if place not in (database, SYSTEM):
        return None
    if place == SYSTEM or "::" not in name:
        for analyzer in built_in_analyzers():
            if analyzer["name"] == short:
                return analyzer
    for analyzer in await own_analyzers(backend, place, database):
        if analyzer["name"].rpartition("::")[2] == short:
            return analyzer
    return None


def named_analyzers(definition: Any) -> Iterator[str]:
    """Yield the analyzers that the definition of an index or view names, at any depth."""
    if isinstance(definition, dict):
        for name, value in definition.items():
            if name == "analyzer" and isinstance(value, str):
                yield value
            elif name == "analyzers" and isinstance(value, list):
                yield from (item for item in value if isinstance(item, str))
            else:
                yield from named_analyzers(value)
    elif isinstance(definition, list):
        for item in definition:
            yield from named_analyzers(item)


async def check_analyzers(backend: Backend, database: str, definition: dict[str, Any]) -> None:
    """Raise ArangoError 400/10 when a definition names an analyzer that cannot be used in its database."""
    for name in {name for name in named_analyzers(definition) if name != "identity"}:
        if await find_analyzer(backend, database, name) is None:
            raise ArangoError(errors.BAD_PARAMETER, f"analyzer '{name}' was not found")
