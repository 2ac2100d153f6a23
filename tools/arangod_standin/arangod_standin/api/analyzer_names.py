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


async def own_analyzers(backend: Backend, database: str) -> list[dict[str, Any]]:
    """Return the definitions kept in a database, under their full names."""
    prefix = "" if database == SYSTEM else f"{database}::"
    try:
        documents = await backend.scan(backend.collection(database, COLLECTION))
    except ArangoError as error:
        if error.error_num == errors.DATA_SOURCE_NOT_FOUND:
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


def short_name(database: str, name: str) -> str | None:
    """Return the name within a database of an analyzer, None when it belongs to another one."""
    if name.startswith("::"):
        return name[2:] if database == SYSTEM else None
    before, separator, after = name.rpartition("::")
    if not separator:
        return name
    return after if before == database else None


async def visible_analyzers(backend: Backend, database: str) -> dict[str, dict[str, Any]]:
    """Return all analyzers that can be used in a database, by name."""
    found = {analyzer["name"]: analyzer for analyzer in built_in_analyzers()}
    for place in dict.fromkeys([SYSTEM, database]):
        for analyzer in await own_analyzers(backend, place):
            found[analyzer["name"]] = analyzer
    return found


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
    wanted = {name for name in named_analyzers(definition) if name != "identity"}
    if not wanted:
        return
    visible = await visible_analyzers(backend, database)
    for name in wanted:
        own = short_name(database, name)
        names = {name, name.removeprefix("::"), f"{database}::{own}"}
        if not names & set(visible):
            raise ArangoError(errors.BAD_PARAMETER, f"analyzer '{name}' was not found")
