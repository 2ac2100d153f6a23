"""ArangoDB's client tools beside a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from armadillo import ClientToolError, ClientTools, Cluster, Database, SingleServer

CITIES = "tests/client_tools/cities.jsonl"


async def test_what_was_imported_is_exported(client_tools: ClientTools, database: Database, tmp_path: Path) -> None:
    """arangoimport and arangoexport work in the case's own database."""
    where = ("--server.database", database.name, "--collection", "cities")

    await client_tools.run("arangoimport", *where, "--file", CITIES, "--create-collection", "true")
    assert await database.collection("cities").keys() == {"cologne", "paris", "rome"}

    await client_tools.run("arangoexport", *where, "--type", "jsonl", "--output-directory", str(tmp_path / "export"))
    assert '"name":"Köln"' in (tmp_path / "export" / "cities.jsonl").read_text(encoding="utf-8").replace(": ", ":")


async def test_a_database_is_restored_under_another_name(
    arango: Cluster | SingleServer, client_tools: ClientTools, database: Database, tmp_path: Path
) -> None:
    """`dump` and `restore` take a database, or all when none is named."""
    cities = await database.create_collection("cities")
    stored = {(await cities.insert({"number": number}))["_key"] for number in range(100)}

    await client_tools.dump(str(tmp_path / "dump"), database=database.name)
    await client_tools.restore(str(tmp_path / "dump"), database="copy_of_cities")

    copy = arango.database("copy_of_cities")
    assert await copy.collection("cities").keys() == stored
    await copy.drop()


async def test_a_tool_that_fails_says_why(client_tools: ClientTools, database: Database) -> None:
    """The error has the tool's last words; where a failure is expected, its exit code and output can be looked at."""
    where = ("--server.database", database.name, "--collection", "missing", "--file", CITIES)

    with pytest.raises(ClientToolError, match=r"arangoimport should end with exit code 0; it ended with exit code 1"):
        await client_tools.run("arangoimport", *where)

    failed = await client_tools.run("arangoimport", *where, check=False)
    assert failed.exit_code == 1
    assert "missing" in failed.output


def test_a_plain_test_runs_tools_too(client_tools: ClientTools, database: Database, tmp_path: Path) -> None:
    """By `.blocking`, as all handles."""
    database.blocking.create_collection("things").insert({"_key": "one"})

    client_tools.blocking.dump(str(tmp_path / "dump"), database=database.name, collections=["things"])

    assert list((tmp_path / "dump").glob("things_*.structure.json"))
