"""Filling a deployment from files: folders of arangodump, and documents as JSONL or CSV.

The files of an arangodb_dataset come in the environment variable ARMADILLO_DATASET_SOURCES as JSON, their paths as
runfiles paths.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

from ..errors import ArangoConflictError, ArmadilloError
from ..handles.database import Database
from ..handles.deployment import Deployment
from ..model.spec import read_spec
from .client_tools import ClientTools

SOURCES_VARIABLE = "ARMADILLO_DATASET_SOURCES"

_DUMP_RECORD = "dump.json"
_BATCH_DOCUMENTS = 5000
_WORDS: Mapping[str, object] = {"": None, "null": None, "true": True, "false": False}


async def load_sources(arango: Deployment, environ: Mapping[str, str]) -> None:
    """Restores the dump, then imports the files; raises `ArmadilloError` naming the file that could not be loaded."""
    sources = json.loads(environ[SOURCES_VARIABLE])
    runfiles = environ["ARMADILLO_RUNFILES"]
    if sources.get("dump"):
        server = read_spec(environ["ARMADILLO_SPEC"]).server
        tools = ClientTools(arango, server, arango.facts, environ)
        await restore_dump(tools, os.path.join(runfiles, sources["dump"]), database=sources["dump_database"])
    for path, place in sources.get("files", []):
        await import_file(arango, os.path.join(runfiles, path), place)


async def restore_dump(tools: ClientTools, path: str, *, database: str) -> None:
    """Restores a folder of arangodump: that of one database into `database`, one of all databases as they were."""
    print((await tools.restore(path, database=_database_of(path, database))).output)


def _database_of(path: str, database: str) -> str:
    """Where a dump of one database goes; "" for one of all databases."""
    if os.path.exists(os.path.join(path, _DUMP_RECORD)):
        return database
    if any(os.path.exists(os.path.join(path, name, _DUMP_RECORD)) for name in os.listdir(path)):
        return ""
    raise ArmadilloError(
        f"expected a folder of arangodump in {path}, found no {_DUMP_RECORD} in it or one level below; "
        "`dump` takes the folder that --output-directory named"
    )


async def import_file(arango: Deployment, path: str, place: str) -> int:
    """Imports a file of documents into "collection" or "database/collection"; answers their number.

    Both are made where they are missing. Raises `ArmadilloError` with the line for what cannot be read or stored.
    """
    database_name, _, collection_name = place.rpartition("/")
    database = await _database(arango, database_name or "_system")
    with suppress(ArangoConflictError):
        await database.create_collection(collection_name)
    documents = read_csv(path) if path.endswith(".csv") else read_jsonl(path)
    total = 0
    while batch := list(islice(documents, _BATCH_DOCUMENTS)):
        await _import_batch(database, collection_name, batch, f"{path}, documents from number {total + 1} on")
        total += len(batch)
    print(f"imported {total} documents of {path} into {place}")
    return total


async def _database(arango: Deployment, name: str) -> Database:
    if name not in await arango.databases():
        return await arango.create_database(name)
    return arango.database(name)


async def _import_batch(database: Database, collection: str, batch: list[Mapping[str, Any]], what: str) -> None:
    answer = await database.client.post(
        "/_api/import", json=batch, params={"collection": collection, "type": "array", "details": True}
    )
    if answer["errors"]:
        raise ArmadilloError(
            f"{answer['errors']} of {len(batch)} documents were refused ({what}): " + "; ".join(answer["details"][:3])
        )


def read_jsonl(path: str) -> Iterator[Mapping[str, Any]]:
    """The documents of a file with one JSON object a line; empty lines are left out."""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                document = json.loads(line)
            except ValueError as error:
                raise ArmadilloError(
                    f"{path}:{number}: expected a JSON object, found {line.strip()[:80]!r}: {error}"
                ) from error
            if not isinstance(document, dict):
                raise ArmadilloError(f"{path}:{number}: expected a JSON object, found {line.strip()[:80]!r}")
            yield document


def read_csv(path: str) -> Iterator[Mapping[str, Any]]:
    """The documents of a file with the attributes' names in its first line, comma-separated, quoted by `"`.

    As arangoimport converts unless told otherwise: numbers, `true`, `false` and `null` are what they look like, an
    empty field is null; but in attributes whose names begin with `_` all stay text.
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows, [])
        for row in rows:
            if len(row) != len(names):
                raise ArmadilloError(
                    f"{path}:{rows.line_num}: expected {len(names)} fields ({', '.join(names)}), found {len(row)}"
                )
            yield {
                name: field if name.startswith("_") else _value(field) for name, field in zip(names, row, strict=True)
            }


def _value(field: str) -> object:
    if field in _WORDS:
        return _WORDS[field]
    try:
        value = json.loads(field, parse_constant=str)  # "NaN" is a text
    except ValueError:
        return field
    return value if isinstance(value, (int, float)) else field
