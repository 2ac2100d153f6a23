"""arangoexport: all formats hold all documents, and what cannot be exported is said."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.framework.standin.support.client_tools import documents, insert, make_collection, run_tool, succeed
from tests.framework.standin.support.standin_server import StandinServer

_TEXT = 'ein "Wort" & <mehr>,\nü'


@pytest.fixture
def people(server: StandinServer, database: str) -> list[dict[str, Any]]:
    """The documents of a collection with 250 documents."""
    make_collection(server, database, "people")
    values = [{"_key": f"p{n:03}", "n": n, "text": _TEXT, "list": [n, {"deep": True}]} for n in range(250)]
    insert(server, database, "people", values)
    return documents(server, database, "people")


def _without_revision(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shown = [{name: value for name, value in document.items() if name != "_rev"} for document in values]
    return sorted(shown, key=lambda document: str(document["_key"]))


def _export(server: StandinServer, database: str, folder: Path, *options: str) -> Path:
    path = folder / "out"
    succeed(
        server, "arangoexport", "--output-directory", str(path), "--documents-per-batch", "100", *options,
        database=database,
    )  # fmt: skip
    return path


def test_json(server: StandinServer, database: str, people: list[dict[str, Any]], tmp_path: Path) -> None:
    """JSON is one array, JSON lines a document a line, both complete over several batches."""
    out = _export(server, database, tmp_path, "--collection", "people", "--type", "json")
    assert _without_revision(json.loads((out / "people.json").read_text())) == people
    out = _export(server, database, tmp_path / "lines", "--collection", "people", "--compress-output", "true")
    lines = gzip.decompress((out / "people.jsonl.gz").read_bytes()).splitlines()
    assert _without_revision([json.loads(line) for line in lines]) == people


def test_csv(server: StandinServer, database: str, people: list[dict[str, Any]], tmp_path: Path) -> None:
    """CSV has the chosen attributes, texts in quotes, arrays as JSON; formulae are made harmless unless told not to."""
    insert(server, database, "people", [{"_key": "z", "text": "=1+1"}])
    out = _export(server, database, tmp_path, "--collection", "people", "--type", "csv", "--fields", "_key,n,text,list")
    with (out / "people.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["_key"])
    assert rows[7] == {"_key": "p007", "n": "7", "text": _TEXT, "list": '[7,{"deep":true}]'}
    assert rows[-1] == {"_key": "z", "n": "", "text": "'=1+1", "list": ""}
    options = ("--collection", "people", "--type", "csv", "--fields", "_key,text", "--escape-csv-formulae", "false")
    assert '"=1+1"' in (_export(server, database, tmp_path / "raw", *options) / "people.csv").read_text()


def test_xml(server: StandinServer, database: str, people: list[dict[str, Any]], tmp_path: Path) -> None:
    """XML is well formed and has an element per document and attribute."""
    out = _export(server, database, tmp_path, "--collection", "people", "--type", "xml")
    root = ElementTree.parse(out / "people.xml").getroot()
    assert (root.tag, root.get("name"), len(root)) == ("collection", "people", len(people))
    document = next(element for element in root if element.get("key") == "p007")
    attributes = {element.get("name"): element for element in document}
    assert (attributes["n"].get("type"), attributes["n"].get("value")) == ("integer", "7")
    assert (attributes["text"].get("value") or "").replace("\n", " ") == _TEXT.replace("\n", " ")
    assert attributes["list"].get("type") == "list"


def test_queries(server: StandinServer, database: str, people: list[dict[str, Any]], tmp_path: Path) -> None:
    """A query with bind parameters is exported as query.<type>; at signs are doubled on command lines."""
    query = "FOR p IN @@@@c FILTER p.n < @@n SORT p.n RETURN p.n"
    bind = json.dumps({"@@c": "people", "n": 3})
    out = _export(
        server, database, tmp_path, "--custom-query", query, "--custom-query-bindvars", bind, "--type", "json"
    )
    assert json.loads((out / "query.json").read_text()) == [0, 1, 2]


def test_graphs(server: StandinServer, database: str, people: list[dict[str, Any]], tmp_path: Path) -> None:
    """A named graph becomes nodes and edges in XGMML."""
    definition = {"collection": "knows", "from": ["people"], "to": ["people"]}
    body = {"name": "social", "edgeDefinitions": [definition]}
    assert server.call("POST", f"/_db/{database}/_api/gharial", body).status in (201, 202)
    insert(server, database, "knows", [{"_from": "people/p001", "_to": "people/p002", "label": "since <2020>"}])
    out = _export(server, database, tmp_path, "--type", "xgmml", "--graph-name", "social")
    root = ElementTree.parse(out / "social.xgmml").getroot()
    space = "{http://www.cs.rpi.edu/XGMML}"
    nodes, edges = root.findall(f"{space}node"), root.findall(f"{space}edge")
    assert (len(nodes), len(edges), root.get("label")) == (len(people), 1, "social")
    assert (edges[0].get("source"), edges[0].get("target")) == ("people/p001", "people/p002")
    assert edges[0].get("label") == "since <2020>"


def test_refusals(single_server: StandinServer, tmp_path: Path) -> None:
    """What cannot be exported ends with exit code 1 and a text that says what to do."""
    folder = ("--output-directory", str(tmp_path / "out"))
    cases = [
        ((), "expecting a --collection"),
        (("--type", "csv", "--collection", "c"), "needs --fields"),
        (("--type", "xgmml", "--collection", "c"), "needs a --graph-name"),
        (("--collection", "nothing"), "nothing"),
    ]
    for options, text in cases:
        done = run_tool(single_server, "arangoexport", *folder, *options)
        assert (done.code, text in done.errors) == (1, True), done
    again = run_tool(single_server, "arangoexport", *folder, "--collection", "c")
    assert (again.code, "--overwrite true" in again.errors) == (1, True), again
