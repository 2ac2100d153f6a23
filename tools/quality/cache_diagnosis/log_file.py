"""Reads an execution log: JSON objects one after the other; a log may be larger than is good to hold at once."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .spawn import NotASpawnError, Spawn, spawn_of

CHUNK_BYTES = 1 << 20
LONGEST_LITERAL = 16
"""Characters at the end of a cut file in which the parser may see a wrong word instead of an unfinished one."""

HOW_TO = "Write one with: bazel test ... --execution_log_json_file=<file>"

OTHER_FORMATS = (
    (b"\x28\xb5\x2f\xfd", "a compact log (--execution_log_compact_file) or another file packed by zstd"),
    (b"\x1f\x8b", "a file packed by gzip"),
    (b"PK", "a zip archive"),
)


class BadLogError(Exception):
    """A file is no execution log, or not all of one; the text says what was found and how far it was read."""


def read_log(path: Path) -> list[Spawn]:
    """All actions of a log, in its order.

    Raises:
        BadLogError: for a file that cannot be read, that is empty, cut short, or something else.
    """
    spawns: list[Spawn] = []
    try:
        with path.open("rb") as file:
            for offset, entry in _Reader(path, file).objects():
                spawns.append(_spawn(path, entry, offset, len(spawns)))
    except OSError as error:
        raise BadLogError(f"{path}: expected an execution log; cannot read it: {error.strerror}. {HOW_TO}") from error
    if not spawns:
        raise BadLogError(
            f"{path}: expected an execution log; found an empty file. Bazel notes an action only when it asks a "
            "cache or executes it: there is none when all was up to date in its own output base (run `bazel clean` "
            f"before), and none when Bazel was killed. {HOW_TO}"
        )
    return spawns


def _spawn(path: Path, entry: Any, offset: int, count: int) -> Spawn:
    if isinstance(entry, dict) and "id" in entry and "mnemonic" not in entry:
        raise BadLogError(f"{path}: expected an execution log; found a build event file. {HOW_TO}")
    try:
        if not isinstance(entry, dict):
            raise NotASpawnError(f"it is a {type(entry).__name__}")
        return spawn_of(entry)
    except NotASpawnError as error:
        raise BadLogError(
            f"{path}: expected an execution log; what begins at byte {offset}, after {count} actions, is no action: "
            f"{error}. {HOW_TO}"
        ) from error


class _Reader:
    """Takes objects from the front of a text that grows by pieces."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.file = file
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.text = ""
        self.at_end = False
        self.offset = 0
        """Where `text` begins, in bytes of the file."""
        self.count = 0

    def objects(self) -> Iterator[tuple[int, Any]]:
        """Byte offset and content of each object."""
        parser = json.JSONDecoder()
        self._more()
        while True:
            self._drop(len(self.text) - len(self.text.lstrip()))
            if not self.text:
                if self.at_end:
                    return
                self._more()
                continue
            try:
                entry, length = parser.raw_decode(self.text)
            except (json.JSONDecodeError, RecursionError) as error:
                if self.at_end or not self._may_continue(error):
                    raise BadLogError(self._why(error)) from error
                self._more()
                continue
            yield self.offset, entry
            self.count += 1
            self._drop(length)

    def _more(self) -> None:
        """Twice as much each time, so that a long object is not parsed from its front again and again."""
        data = self.file.read(max(CHUNK_BYTES, len(self.text)))
        if self.offset == 0 and not self.text:
            for magic, words in OTHER_FORMATS:
                if data.startswith(magic):
                    raise BadLogError(f"{self.path}: expected an execution log in JSON; found {words}. {HOW_TO}")
        self.at_end = not data
        try:
            self.text += self.decoder.decode(data, final=self.at_end)
        except UnicodeDecodeError as error:
            raise BadLogError(self._not_text()) from error

    def _drop(self, length: int) -> None:
        self.offset += len(self.text[:length].encode())
        self.text = self.text[length:]

    def _may_continue(self, error: json.JSONDecodeError | RecursionError) -> bool:
        """Whether more of the file could make the front of it an object."""
        if isinstance(error, RecursionError):
            return False
        return error.msg.startswith("Unterminated") or error.pos + LONGEST_LITERAL >= len(self.text)

    def _why(self, error: json.JSONDecodeError | RecursionError) -> str:
        read = f"{self.count} whole actions, {self.offset} bytes"
        if self._may_continue(error) and self.text.startswith("{"):
            return (
                f"{self.path}: the log is cut short: it was read up to {read}, and ends within the action after that. "
                "Bazel was killed while it wrote, or the disk was full; run the build again."
            )
        if self.count == 0 and not self.text.startswith("{"):
            return self._not_text()
        place = error.pos if isinstance(error, json.JSONDecodeError) else 0
        byte = self.offset + len(self.text[:place].encode())
        words = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        return f"{self.path}: the log is damaged at byte {byte} ({words}); it was read up to {read}."

    def _not_text(self) -> str:
        return (
            f"{self.path}: expected an execution log in JSON; after {self.count} actions, {self.offset} bytes, found "
            "something else (the formats of --execution_log_binary_file and --execution_log_compact_file are not "
            f"read). {HOW_TO}"
        )
