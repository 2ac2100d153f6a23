"""FATAL and ERROR lines of a log of any size, without parsing the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from .log_line import LogLine, parse_log

_BLOCK_BYTES = 1 << 20
_HEAD_BYTES = 120
_WORDS = (b"FATAL", b"ERROR")
_HEADS = (b" FATAL ", b" ERROR ")
_IN_JSON = (b'"FATAL"', b'"ERROR"')


def severe_lines(path: str) -> Iterator[LogLine]:
    """FATAL and ERROR lines with their numbers. A missing file has none; raises OSError when it cannot be read."""
    try:
        with open(path, "rb") as file:
            for number, text in _severe_texts(file):
                line = next(parse_log(text.splitlines()), None)
                if line is not None and line.level in ("FATAL", "ERROR"):
                    yield replace(line, number=number)
    except FileNotFoundError:
        return


def _severe_texts(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Number and text of lines that may be FATAL or ERROR; a block is looked through for the words alone."""
    number, rest = 1, b""
    while block := file.read(_BLOCK_BYTES):
        block = rest + block
        end = block.rfind(b"\n") + 1
        block, rest = block[:end], block[end:]
        counted = 0
        for start, line in _lines_with_words(block):
            number += block.count(b"\n", counted, start)
            counted = start
            yield number, line.decode("utf-8", "replace")
        number += block.count(b"\n", counted)
    if _is_severe(rest):
        yield number, rest.decode("utf-8", "replace")


def _lines_with_words(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Offset and content of the lines of a block, in their order; the words are looked for, not the lines."""
    starts = set()
    for word in _WORDS:
        at = block.find(word)
        while at >= 0:
            starts.add(block.rfind(b"\n", 0, at) + 1)
            end = block.find(b"\n", at)
            at = block.find(word, end) if end >= 0 else -1
    for start in sorted(starts):
        end = block.find(b"\n", start)
        line = block[start : end if end >= 0 else len(block)]
        if _is_severe(line):
            yield start, line


def _is_severe(line: bytes) -> bool:
    if line[:1] == b"{":
        return any(word in line for word in _IN_JSON)
    return any(word in line[:_HEAD_BYTES] for word in _HEADS)
