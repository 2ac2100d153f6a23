"""arangoexport: writes collections, graphs or the results of a query as JSON, CSV or XML."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .dump_files import folder_name
from .export_writers import CsvWriter, JsonWriter, Writer, XgmmlWriter, XmlWriter
from .failure import EXIT_BAD_VALUE, ToolError
from .options import flag, integer, number, text, texts
from .tool import run_tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .connection import Server
    from .console import Console
    from .options import Options

_OPTIONS = (
    texts("collection", "the collections to export"),
    text("graph-name", "", "the graph to export as xgmml"),
    text("custom-query", "", "export the results of this query"),
    text("query", "", "the same as --custom-query"),
    text("custom-query-file", "", "a file with the query"),
    text("custom-query-bindvars", "", "the query's bind parameters as a JSON object"),
    number("custom-query-max-runtime", 0.0, "seconds the query may take; 0 means any"),
    text("type", "jsonl", "the format", choices=("csv", "json", "jsonl", "xgmml", "xml")),
    text("fields", "", "the attributes of a csv, separated by commas"),
    text("output-directory", os.path.join(os.getcwd(), "export"), "the folder to write to"),
    flag("overwrite", False, "write although the output directory is there"),
    flag("compress-output", False, "compress the files"),
    flag("escape-csv-formulae", True, "put a quote before csv texts that look like formulae"),
    integer("documents-per-batch", 1000, "documents to ask the server for at a time"),
    text("xgmml-label-attribute", "label", "the attribute that becomes the label"),
    flag("xgmml-label-only", False, "write no attributes but the label"),
)


class Export:
    """One run of the tool."""

    def __init__(self, options: Options, server: Server, console: Console) -> None:
        self._options = options
        self._server = server
        self._console = console
        self._folder = options["output-directory"].rstrip("/") or "/"
        self.collections = 0
        self.bytes = 0
        self.requests = 0

    def run(self) -> None:
        """Export. Raises ToolError."""
        options = self._options
        query = self._query()
        is_graph = options["type"] == "xgmml"
        if not (query or options["collection"] or (is_graph and options["graph-name"])):
            raise ToolError("nothing to export: expecting a --collection, a --graph-name or a --custom-query")
        if is_graph and not options["graph-name"]:
            raise ToolError("--type xgmml needs a --graph-name, which becomes the file's name")
        if options["type"] == "csv" and not options["fields"]:
            raise ToolError("--type csv needs --fields: the attributes to write, separated by commas")
        if os.path.exists(self._folder) and not options["overwrite"]:
            raise ToolError(f"output directory '{self._folder}' already exists. use --overwrite true to write into it")
        os.makedirs(self._folder, exist_ok=True)
        if is_graph:
            self._graph()
        elif query:
            bind = self._bind()
            self._write("query", "query", self._results(query, bind))
        else:
            for name in options["collection"]:
                self.collections += 1
                self._write(folder_name(name, f"collection-{self.collections}"), name, self._documents(name))

    # -- what --------------------------------------------------------------------------------------------------------
    def _query(self) -> str:
        options = self._options
        given = [options[name] for name in ("custom-query", "query", "custom-query-file") if options[name]]
        if len(given) > 1:
            raise ToolError("--custom-query and --custom-query-file exclude each other: use one of them")
        if options["custom-query-file"]:
            with open(options["custom-query-file"], encoding="utf-8") as file:
                return file.read()
        return given[0] if given else ""

    def _bind(self) -> dict[str, Any]:
        given = self._options["custom-query-bindvars"]
        try:
            found = json.loads(given) if given else {}
        except ValueError as error:
            raise ToolError(f"invalid --custom-query-bindvars: {error}", EXIT_BAD_VALUE) from None
        if not isinstance(found, dict):
            raise ToolError("invalid --custom-query-bindvars: expected a JSON object", EXIT_BAD_VALUE)
        return found

    def _graph(self) -> None:
        name = self._options["graph-name"]
        collections = self._options["collection"]
        if not collections:
            self.requests += 1
            graph = self._server.call("GET", f"/_api/gharial/{quote(name, safe='')}").json()["graph"]
            found = set(graph.get("orphanCollections", []))
            for definition in graph["edgeDefinitions"]:
                found |= {definition["collection"], *definition["from"], *definition["to"]}
            collections = sorted(found)
        self.collections = len(collections)

        def everything() -> Iterator[Any]:
            for collection in collections:
                yield from self._documents(collection)

        self._write(folder_name(name, "graph"), name, everything())

    def _documents(self, collection: str) -> Iterator[Any]:
        return self._results("FOR doc IN @@collection RETURN doc", {"@collection": collection})

    def _results(self, query: str, bind: dict[str, Any]) -> Iterator[Any]:
        """Give the results of a query, batch by batch. Raises ServerError."""
        body: dict[str, Any] = {
            "query": query,
            "bindVars": bind,
            "batchSize": max(1, self._options["documents-per-batch"]),
            "ttl": 1200,
            "options": {"stream": True},
        }
        if self._options["custom-query-max-runtime"]:
            body["options"]["maxRuntime"] = self._options["custom-query-max-runtime"]
        self.requests += 1
        answer = self._server.call("POST", "/_api/cursor", body).json()
        try:
            while True:
                yield from answer["result"]
                if not answer.get("hasMore"):
                    return
                self.requests += 1
                answer = self._server.call("POST", f"/_api/cursor/{answer['id']}").json()
        finally:
            if answer.get("hasMore"):
                self._server.ask("DELETE", f"/_api/cursor/{answer['id']}")

    # -- how ---------------------------------------------------------------------------------------------------------
    def _writer(self, path: str) -> Writer:
        options = self._options
        compress, kind = bool(options["compress-output"]), options["type"]
        if kind == "csv":
            fields = [field.strip() for field in options["fields"].split(",")]
            return CsvWriter(path, compress=compress, fields=fields, escape=options["escape-csv-formulae"])
        if kind == "xgmml":
            label, only = options["xgmml-label-attribute"], options["xgmml-label-only"]
            return XgmmlWriter(path, compress=compress, label=label, label_only=only)
        maker = {"json": JsonWriter, "jsonl": Writer, "xml": XmlWriter}[kind]
        return maker(path, compress=compress)

    def _write(self, file_name: str, name: str, documents: Iterator[Any]) -> None:
        self._console.plain(f"# Exporting '{name}'...")
        writer = self._writer(os.path.join(self._folder, f"{file_name}.{self._options['type']}"))
        try:
            writer.begin(name)
            for document in documents:
                writer.add(document)
            writer.end()
        finally:
            writer.close()
            self.bytes += writer.size


def _run(options: Options, server: Server, console: Console) -> int:
    console.plain(f"Connected to ArangoDB version {server.version()}, database: '{server.database}'")
    export = Export(options, server, console)
    export.run()
    console.plain(
        f"Processed {export.collections} collection(s), wrote {export.bytes} byte(s), {export.requests} HTTP request(s)"
    )
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return its exit code."""
    return run_tool("arangoexport", _OPTIONS, _run, arguments)
