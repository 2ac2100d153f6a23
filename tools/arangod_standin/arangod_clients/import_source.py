"""The input of arangoimport: files of all formats as a stream of documents with their positions."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from typing import IO, TYPE_CHECKING, Any

from .delimited import DelimitedReader
from .failure import ToolError
from .import_rows import BadRowError, RowConverter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .console import Console
    from .options import Options

_PIECE = 1 << 20
_ENDINGS = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}


class BadLine:
    """An item of the input that never becomes a document."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


Item = tuple[int, "dict[str, Any] | BadLine"]


def format_of(options: Options) -> str:
    """Return the format: what --type says, or else what the file's name ends with."""
    if options["type"] != "auto":
        return str(options["type"])
    name = options["file"].lower().removesuffix(".gz")
    return _ENDINGS.get(os.path.splitext(name)[1], "json")


def _open(path: str) -> IO[bytes]:
    if path == "-":
        return sys.stdin.buffer
    if not os.path.isfile(path):
        raise ToolError(f"cannot open --file '{path}': there is no such file")
    opener: Any = gzip.open if path.endswith(".gz") else open
    opened: IO[bytes] = opener(path, "rb")
    return opened


class ImportSource:
    """Reads one file; `lines` counts what was read."""

    def __init__(self, options: Options, console: Console) -> None:
        self._options = options
        self._console = console
        self.kind = format_of(options)
        self.lines = 0

    def items(self) -> Iterator[Item]:
        """Give the documents. Raises ToolError when nothing more can be read."""
        with _open(self._options["file"]) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
            for _ in range(self._options["skip-lines"]):
                text.readline()
            try:
                if self.kind in ("csv", "tsv"):
                    yield from self._table(text)
                elif self.kind == "jsonl":
                    yield from self._json_lines(text, "")
                else:
                    yield from self._json(text)
            except UnicodeDecodeError as error:
                raise ToolError(f"the input is no UTF-8 text: {error}") from None
            except (EOFError, gzip.BadGzipFile) as error:
                raise ToolError(f"the input is damaged: {error}") from None

    # -- JSON --------------------------------------------------------------------------------------------------------
    def _json(self, text: IO[str]) -> Iterator[Item]:
        """Give an array's elements, or the objects of lines when the input does not begin with a bracket."""
        begin = text.read(_PIECE)
        if begin.lstrip()[:1] == "[":
            yield from self._json_array(text, begin.lstrip()[1:])
        else:
            yield from self._json_lines(text, begin)

    def _json_lines(self, text: IO[str], begin: str) -> Iterator[Item]:
        rest = begin
        number = 0
        while True:
            piece = text.read(_PIECE)
            lines = (rest + piece).split("\n")
            rest = lines.pop() if piece else ""
            for line in lines:
                number += 1
                if line.strip():
                    self.lines += 1
                    yield number, self._parsed(line)
            if not piece:
                return

    def _parsed(self, line: str) -> dict[str, Any] | BadLine:
        try:
            value = json.loads(line)
        except ValueError as error:
            return BadLine(f"invalid JSON: {error}")
        return self._document(value)

    def _document(self, value: Any) -> dict[str, Any] | BadLine:
        if not isinstance(value, dict):
            return BadLine("invalid JSON type: expected an object")
        for name in self._options["remove-attribute"]:
            value.pop(name, None)
        return value

    def _json_array(self, text: IO[str], rest: str) -> Iterator[Item]:
        decoder, number, piece = json.JSONDecoder(), 0, "-"
        while True:
            rest = rest.lstrip(" \t\r\n,")
            if rest[:1] == "]":
                return
            try:
                value, end = decoder.raw_decode(rest)
                # a number or word at the very end may go on in the next piece
                complete = end < len(rest)
            except ValueError as error:
                complete, value, end, failure = False, None, 0, error
            if complete:
                number += 1
                self.lines += 1
                yield number, self._document(value)
                rest = rest[end:]
                continue
            if not piece:
                reason = "the array has no end" if not rest else f"invalid JSON after element {number}: {failure}"
                raise ToolError(f"{self._options['file']}: {reason}")
            piece = text.read(max(_PIECE, len(rest)))
            rest += piece

    # -- tables ------------------------------------------------------------------------------------------------------
    def _table(self, text: IO[str]) -> Iterator[Item]:
        is_csv = self.kind == "csv"
        separator = self._options["separator"].replace("\\t", "\t") or ("," if is_csv else "\t")
        reader = DelimitedReader(
            separator=separator,
            quote=self._options["quote"] if is_csv else "",
            backslash_escape=self._options["backslash-escape"],
        )
        rows = reader.rows(text)
        header = self._header(reader, rows)
        converter = RowConverter(self._options, header)
        for name in converter.unknown_references():
            self._console.warning("ab353", f"--merge-attributes refers to '{name}', which is no column of the input")
        for number, row in rows:
            self.lines += 1
            try:
                yield number, converter.document(row)
            except BadRowError as error:
                yield number, BadLine(str(error))

    def _header(self, reader: DelimitedReader, rows: Iterator[tuple[int, list[tuple[str, bool]]]]) -> list[str]:
        """Return the names of the columns: the first row, of the input or of --headers-file. Raises ToolError."""
        path = self._options["headers-file"]
        if path:
            with open(path, encoding="utf-8-sig") as file:
                found = next(reader.rows(file), None)
        else:
            found = next(rows, None)
            self.lines += 1
        if found is None:
            raise ToolError("the input is empty: expected a first line with the names of the attributes")
        names = [text.strip() for text, _ in found[1]]
        if "" in names:
            raise ToolError("the first line must name every column: found an empty name")
        return names
