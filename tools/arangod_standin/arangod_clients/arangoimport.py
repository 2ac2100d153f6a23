"""arangoimport: loads documents from JSON, JSON lines, CSV and TSV into a collection."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .failure import ServerError, ToolError
from .import_source import BadLine, ImportSource
from .options import flag, integer, text, texts
from .tool import ensure_database, run_tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .connection import Server
    from .console import Console
    from .options import Options

_OPTIONS = (
    text("file", "", "the file to read, '-' for standard input"),
    text("type", "auto", "the format of the file", choices=("auto", "csv", "json", "jsonl", "tsv")),
    text("collection", "", "the collection to load into"),
    flag("create-collection", False, "make the collection if it is not there"),
    text("create-collection-type", "document", "the type of a collection that is made", choices=("document", "edge")),
    flag("create-database", False, "make the database if it is not there"),
    text("on-duplicate", "error", "what to do with a key that is there",
         choices=("error", "ignore", "replace", "update")),
    text("from-collection-prefix", "", "the collection of _from values without one"),
    text("to-collection-prefix", "", "the collection of _to values without one"),
    flag("overwrite-collection-prefix", False, "put the prefixes before values that have a collection, too"),
    flag("overwrite", False, "empty the collection first"),
    text("separator", "", "what stands between columns; a comma in CSV and a tab in TSV unless given"),
    text("quote", '"', "what encloses values in CSV"),
    flag("backslash-escape", False, "a backslash escapes a quote in CSV"),
    flag("convert", True, "turn unquoted null, true, false and numbers of tables into values of these types"),
    texts("translate", "rename a column: <from>=<to>"),
    texts("remove-attribute", "leave an attribute out"),
    texts("datatype", "the type of a column: <column>=boolean, null, number or string"),
    texts("merge-attributes", "a new attribute made of columns: <name>=[<column>]<text>[<column>]"),
    integer("skip-lines", 0, "lines to leave out at the beginning"),
    text("headers-file", "", "a file whose first line names the columns"),
    flag("ignore-missing", False, "load rows with fewer values than columns"),
    flag("skip-validation", False, "do not check the collection's schema"),
    integer("max-errors", 20, "how many errors end the import; 0 means none do"),
    integer("batch-size", 4 << 20, "bytes to send at a time"),
    integer("threads", max(2, os.cpu_count() or 1), "batches to send at a time"),
)  # fmt: skip
_NOT_FOUND = 1203
_DUPLICATE_NAME = 1207


class Counts:
    """What the server said; shared by all threads."""

    def __init__(self, console: Console, most_errors: int) -> None:
        self._console = console
        self._most = most_errors
        self._lock = threading.Lock()
        self.created = self.updated = self.ignored = self.errors = 0
        self.stopped = threading.Event()

    def fail(self, reason: str) -> None:
        """Count and print an error; too many end the import."""
        with self._lock:
            self.errors += 1
            if self._most and self.errors > self._most:
                self.stopped.set()
                return
        self._console.warning("e5a29", reason)

    def take(self, answer: dict[str, Any], positions: list[int]) -> None:
        """Count what the server made of a batch."""
        with self._lock:
            self.created += int(answer.get("created", 0))
            self.updated += int(answer.get("updated", 0))
            self.ignored += int(answer.get("ignored", 0))
        for detail in answer.get("details", []):
            self.fail(_with_line(str(detail), positions))
        silent = int(answer.get("errors", 0)) - len(answer.get("details", []))
        for _ in range(silent):
            self.fail("the server refused a document without saying why")


def _with_line(detail: str, positions: list[int]) -> str:
    """Replace the position in a batch, which only the server counts, by the line of the input."""
    words = detail.split(" ", 3)
    if len(words) == 4 and words[:2] == ["at", "position"] and words[2].rstrip(":").isdigit():
        place = int(words[2].rstrip(":"))
        if 1 <= place <= len(positions):
            return f"at line {positions[place - 1]}: {words[3]}"
    return detail


class Import:
    """One run of the tool."""

    def __init__(self, options: Options, server: Server, console: Console) -> None:
        self._options = options
        self._server = server
        self._counts = Counts(console, options["max-errors"])
        self._source = ImportSource(options, console)
        self._console = console

    def run(self) -> int:
        """Import; return the exit code. Raises ToolError."""
        options = self._options
        if options["create-database"]:
            ensure_database(self._server, options, self._console, {})
        if options["create-collection"]:
            self._create_collection()
        self._console.plain(f"Connected to ArangoDB version {self._server.version()}")
        self._console.plain(f"collection:             {options['collection']}")
        self._console.plain(f"source filename:        {options['file']}")
        self._console.plain(f"file type:              {self._source.kind}")
        try:
            self._send_all()
        finally:
            self._report()
        if self._counts.stopped.is_set():
            raise ToolError(f"too many errors (more than --max-errors {options['max-errors']}): the import was stopped")
        return 0

    def _create_collection(self) -> None:
        kind = 3 if self._options["create-collection-type"] == "edge" else 2
        try:
            self._server.call("POST", "/_api/collection", {"name": self._options["collection"], "type": kind})
        except ServerError as error:
            if error.number != _DUPLICATE_NAME:
                raise

    def _batches(self) -> Iterator[tuple[list[int], bytes]]:
        """Give documents as lines, about --batch-size bytes at a time, with the lines of the input they are from."""
        positions: list[int] = []
        lines: list[bytes] = []
        size = 0
        for position, item in self._source.items():
            if self._counts.stopped.is_set():
                return
            if isinstance(item, BadLine):
                self._counts.fail(f"at line {position}: {item.reason}")
                continue
            line = json.dumps(item, separators=(",", ":")).encode()
            positions.append(position)
            lines.append(line)
            size += len(line) + 1
            if size >= self._options["batch-size"]:
                yield positions, b"\n".join(lines)
                positions, lines, size = [], [], 0
        if lines:
            yield positions, b"\n".join(lines)

    def _send_all(self) -> None:
        threads = max(1, self._options["threads"])
        room = threading.Semaphore(2 * threads)
        failures: list[ToolError] = []

        def send(positions: list[int], body: bytes) -> None:
            try:
                self._send(positions, body)
            except ToolError as error:
                failures.append(error)
                self._counts.stopped.set()
            finally:
                room.release()

        if self._options["overwrite"]:
            self._server.call("PUT", f"/_api/collection/{quote(self._options['collection'], safe='')}/truncate")
        with ThreadPoolExecutor(threads) as pool:
            for positions, body in self._batches():
                room.acquire()
                pool.submit(send, positions, body)
        if failures:
            self._counts.stopped.clear()
            raise failures[0]

    def _send(self, positions: list[int], body: bytes) -> None:
        options = self._options
        parameters: dict[str, Any] = {
            "collection": options["collection"], "type": "documents", "details": True,
            "onDuplicate": options["on-duplicate"],
        }  # fmt: skip
        for parameter, option in (("fromPrefix", "from-collection-prefix"), ("toPrefix", "to-collection-prefix")):
            if options[option]:
                parameters[parameter] = options[option]
        if options["overwrite-collection-prefix"]:
            parameters["overwriteCollectionPrefix"] = True
        if options["skip-validation"]:
            parameters["skipValidation"] = True
        try:
            answer = self._server.call("POST", "/_api/import", body, parameters=parameters).json()
        except ServerError as error:
            hint = "; --create-collection true makes it" if error.number == _NOT_FOUND else ""
            raise ToolError(f"{error}{hint}") from None
        self._counts.take(answer, positions)

    def _report(self) -> None:
        counts = self._counts
        self._console.plain("")
        self._console.plain(f"created:          {counts.created}")
        self._console.plain(f"warnings/errors:  {counts.errors}")
        self._console.plain(f"updated/replaced: {counts.updated}")
        self._console.plain(f"ignored:          {counts.ignored}")
        if self._source.kind in ("csv", "tsv"):
            self._console.plain(f"lines read:       {self._source.lines}")


def _run(options: Options, server: Server, console: Console) -> int:
    if not options["file"]:
        raise ToolError("no input: name a file with --file, or use '--file -' for standard input", 4)
    if not options["collection"]:
        # the file's name says where to, as in ArangoDB's tool
        name = os.path.basename(options["file"]).removesuffix(".gz").rpartition(".")[0]
        raise ToolError(f"collection name is missing: use --collection{f' {name}' if name else ''}", 4)
    return Import(options, server, console).run()


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return its exit code."""
    return run_tool("arangoimport", _OPTIONS, _run, arguments, positional="file")
