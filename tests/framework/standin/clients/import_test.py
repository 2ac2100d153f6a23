"""arangoimport: all formats, conversions of tables, duplicates, and lines that are no documents."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from arangod_clients.delimited import DelimitedReader
from hypothesis import given, strategies

from tests.framework.standin.support.client_tools import documents, make_collection, query, run_tool, succeed
from tests.framework.standin.support.standin_server import StandinServer

_DOCUMENTS = [{"_key": f"k{n:04}", "n": n, "text": f'wert "{n}", ü'} for n in range(1200)]
_TABLE = """"first","last","age","active","dob"
"John","Connor",25,true,
"Jim","O'Brady",19,,
"Lisa","Jones",,,"1981-04-09"
Hans,dos Santos,0123,,
Wayne,Brewer,null,false,
"""


def _plain(server: StandinServer, database: str, collection: str) -> list[dict[str, Any]]:
    """Return documents without system attributes, in the order of `first`."""
    return query(
        server, database, "FOR d IN @@c SORT d.first, d._key RETURN UNSET(d, '_key', '_id', '_rev')", {"@c": collection}
    )


def _written(folder: Path, name: str) -> Path:
    path = folder / name
    if name == "data.json":
        path.write_text(json.dumps(_DOCUMENTS, indent=1))
    elif name == "lines.json":
        path.write_text("\n".join(map(json.dumps, _DOCUMENTS)) + "\n\n")
    elif name == "data.jsonl.gz":
        path.write_bytes(gzip.compress("\n".join(map(json.dumps, _DOCUMENTS)).encode()))
    else:
        quoted = name == "data.csv"
        rows = ["_key,n,text".replace(",", "," if quoted else "\t")]
        for document in _DOCUMENTS:
            text = '"' + document["text"].replace('"', '""') + '"' if quoted else document["text"]
            rows.append(("," if quoted else "\t").join([document["_key"], str(document["n"]), text]))
        path.write_text("\r\n".join(rows))
    return path


@pytest.mark.parametrize("name", ["data.json", "lines.json", "data.jsonl.gz", "data.csv", "data.tsv"])
def test_formats(server: StandinServer, database: str, tmp_path: Path, name: str) -> None:
    """Each format brings the same documents, in small batches, told by the file's name."""
    path = _written(tmp_path, name)
    options = ("--file", str(path), "--collection", "c", "--create-collection", "true", "--batch-size", "5000")
    done = succeed(server, "arangoimport", *options, database=database)
    assert f"created:          {len(_DOCUMENTS)}" in done.output
    expected = [{**document, "_id": f"c/{document['_key']}"} for document in _DOCUMENTS]
    assert documents(server, database, "c") == expected


def test_tables(server: StandinServer, database: str, tmp_path: Path) -> None:
    """The documented table becomes the documented documents."""
    path = tmp_path / "data.csv"
    path.write_text(_TABLE)
    options = ("--file", str(path), "--collection", "users", "--create-collection", "true")
    succeed(server, "arangoimport", *options, database=database)
    assert _plain(server, database, "users") == [
        {"first": "Hans", "last": "dos Santos", "age": 123},
        {"first": "Jim", "last": "O'Brady", "age": 19},
        {"first": "John", "last": "Connor", "age": 25, "active": True},
        {"first": "Lisa", "last": "Jones", "dob": "1981-04-09"},
        {"first": "Wayne", "last": "Brewer", "active": False},
    ]


def test_columns(server: StandinServer, database: str, tmp_path: Path) -> None:
    """Columns are renamed, left out, merged and typed; numbers stay texts without conversion."""
    path = tmp_path / "data.csv"
    path.write_text("#a comment\nid;first;price;flag;secret\n007;Ann;12.50;0;x\n008;Bob;;yes;y\n")
    options = (
        "--file", str(path), "--collection", "c", "--create-collection", "true", "--separator", ";",
        "--skip-lines", "1", "--translate", "id=_key", "--remove-attribute", "secret", "--datatype", "id=string",
        "--datatype", "flag=boolean", "--merge-attributes", "label=[first]-[id]",
    )  # fmt: skip
    succeed(server, "arangoimport", *options, database=database)
    assert documents(server, database, "c") == [
        {"_key": "007", "_id": "c/007", "first": "Ann", "price": 12.5, "flag": False, "label": "Ann-007"},
        {"_key": "008", "_id": "c/008", "first": "Bob", "flag": True, "label": "Bob-008"},
    ]
    succeed(server, "arangoimport", *options, "--convert", "false", "--overwrite", "true", database=database)
    assert documents(server, database, "c")[0]["price"] == "12.50"


def test_edges(server: StandinServer, database: str, tmp_path: Path) -> None:
    """An edge collection is made, and the ends get their collections."""
    path = tmp_path / "edges.jsonl"
    path.write_text('{"_from": "a", "_to": "b"}\n{"_from": "a", "_to": "c"}\n')
    options = (
        "--file", str(path), "--collection", "e", "--create-collection", "--create-collection-type", "edge",
        "--from-collection-prefix", "people", "--to-collection-prefix", "places",
    )  # fmt: skip
    succeed(server, "arangoimport", *options, database=database)
    ends = query(server, database, "FOR e IN e SORT e._to RETURN [e._from, e._to]")
    assert ends == [["people/a", "places/b"], ["people/a", "places/c"]]


def test_duplicates(server: StandinServer, database: str, tmp_path: Path) -> None:
    """--on-duplicate decides about keys that are there; --overwrite empties the collection first."""
    make_collection(server, database, "c")
    path = tmp_path / "data.jsonl"
    path.write_text('{"_key": "a", "n": 1}\n')
    base = ("--file", str(path), "--collection", "c")
    succeed(server, "arangoimport", *base, database=database)
    path.write_text('{"_key": "a", "m": 2}\n')
    error = succeed(server, "arangoimport", *base, database=database)
    assert "warnings/errors:  1" in error.output
    assert "unique constraint violated" in error.errors
    ignored = succeed(server, "arangoimport", *base, "--on-duplicate", "ignore", database=database)
    assert "ignored:          1" in ignored.output
    succeed(server, "arangoimport", *base, "--on-duplicate", "update", database=database)
    assert documents(server, database, "c") == [{"_key": "a", "_id": "c/a", "n": 1, "m": 2}]
    replaced = succeed(server, "arangoimport", *base, "--on-duplicate", "replace", database=database)
    assert "updated/replaced: 1" in replaced.output
    path.write_text('{"_key": "b"}\n')
    succeed(server, "arangoimport", *base, "--overwrite", "true", database=database)
    assert [document["_key"] for document in documents(server, database, "c")] == ["b"]


def test_bad_lines(server: StandinServer, database: str, tmp_path: Path) -> None:
    """Lines that are no documents are counted and named; the others are loaded."""
    make_collection(server, database, "c")
    path = tmp_path / "data.jsonl"
    path.write_text('{"_key": "a"}\nnonsense\n[1]\n{"_key": "in/valid"}\n{"_key": "b"}\n')
    done = succeed(server, "arangoimport", "--file", str(path), "--collection", "c", database=database)
    assert "created:          2" in done.output
    assert "warnings/errors:  3" in done.output
    for text in ("at line 2: invalid JSON", "at line 3: invalid JSON type", "at line 4:"):
        assert text in done.errors, done
    table = tmp_path / "data.csv"
    table.write_text("_key,x\nc,1\nd\ne,2,3\n")
    options = ("--file", str(table), "--collection", "c")
    assert "warnings/errors:  2" in succeed(server, "arangoimport", *options, database=database).output
    succeed(server, "arangoimport", *options, "--ignore-missing", "--on-duplicate", "ignore", database=database)
    assert [document["_key"] for document in documents(server, database, "c")] == ["a", "b", "c", "d"]


def test_too_many_errors(server: StandinServer, database: str, tmp_path: Path) -> None:
    """More errors than --max-errors end the import with exit code 1."""
    make_collection(server, database, "c")
    path = tmp_path / "data.jsonl"
    path.write_text("nonsense\n" * 30)
    base = ("--file", str(path), "--collection", "c")
    done = run_tool(server, "arangoimport", *base, database=database)
    assert (done.code, "--max-errors 20" in done.errors) == (1, True), done
    assert run_tool(server, "arangoimport", *base, "--max-errors", "0", database=database).code == 0


def test_standard_input_and_refusals(single_server: StandinServer, tmp_path: Path) -> None:
    """'-' reads standard input; what cannot work is said at once."""
    options = ("--file", "-", "--type", "jsonl", "--collection", "given", "--create-collection", "true")
    done = run_tool(single_server, "arangoimport", *options, given=b'{"a": 1}\n')
    assert (done.code, "created:          1" in done.output) == (0, True), done
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": 1}\n')
    cases = [
        (("--file", str(path)), 4, "use --collection data"),
        (("--file", str(path), "--collection", "nowhere"), 1, "--create-collection true"),
        (("--file", str(tmp_path / "none"), "--collection", "given"), 1, "no such file"),
        (("--file", str(path), "--collection", "given", "--type", "xml"), 4, "expected one of auto, csv"),
        (("--file", str(path), "--collection", "given", "--on-duplicate", "maybe"), 4, "expected one of error"),
    ]
    for arguments, code, text in cases:
        refused = run_tool(single_server, "arangoimport", *arguments)
        assert (refused.code, text in refused.errors) == (code, True), refused


_CELLS = strategies.lists(strategies.text(alphabet='ab",;\n ü', max_size=6), min_size=2, max_size=4)


@given(strategies.lists(_CELLS, max_size=5))
def test_quoted_tables_are_read_as_they_were_written(table: list[list[str]]) -> None:
    """Every text comes back from a CSV cell in quotes, with quotes, separators and line breaks in it."""
    written = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in table)
    reader = DelimitedReader(separator=",", quote='"', backslash_escape=False)
    found = [[text for text, _ in row] for _, row in reader.rows(written.splitlines(keepends=True))]
    assert found == table
