"""CSV and TSV: from lines to rows of cells that know whether they stood in quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .failure import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# A cell is its text, and whether it stood in quotes.
Cell = tuple[str, bool]


class DelimitedReader:
    """Reads rows; `quote` is empty for TSV, where nothing is quoted."""

    def __init__(self, *, separator: str, quote: str, backslash_escape: bool) -> None:
        if len(separator) != 1:
            raise ToolError(f"--separator must be a single character, not '{separator}'", 4)
        if len(quote) > 1:
            raise ToolError(f"--quote must be a single character, not '{quote}'", 4)
        self._separator = separator
        self._quote = quote
        self._backslash = backslash_escape

    def rows(self, lines: Iterable[str]) -> Iterator[tuple[int, list[Cell]]]:
        """Give the rows with the number of the line each begins in; empty lines are passed over."""
        source = enumerate(lines, 1)
        for number, line in source:
            text = line.rstrip("\r\n")
            if not text.strip():
                continue
            if self._quote and self._quote in text:
                while True:
                    row = self._quoted(text)
                    if row is not None:
                        break
                    following = next(source, None)
                    if following is None:
                        raise ToolError(f"line {number}: a quote is opened and not closed until the end of the file")
                    text += "\n" + following[1].rstrip("\r\n")
                yield number, row
            else:
                yield number, [(cell, False) for cell in text.split(self._separator)]

    def _quoted(self, text: str) -> list[Cell] | None:
        """Return the cells of a row with quotes; None when the last quote is not closed yet."""
        cells: list[Cell] = []
        position = 0
        while True:
            if text.startswith(self._quote, position):
                found = self._until_quote(text, position + 1)
                if found is None:
                    return None
                value, position = found
                end = text.find(self._separator, position)
                end = len(text) if end < 0 else end
                cells.append((value + text[position:end].rstrip(), True))
            else:
                end = text.find(self._separator, position)
                end = len(text) if end < 0 else end
                cells.append((text[position:end], False))
            if end >= len(text):
                return cells
            position = end + 1

    def _until_quote(self, text: str, position: int) -> tuple[str, int] | None:
        """Return a quoted text and where it ends."""
        parts = []
        while position < len(text):
            letter = text[position]
            if self._backslash and letter == "\\" and position + 1 < len(text):
                parts.append(text[position + 1])
                position += 2
            elif letter != self._quote:
                parts.append(letter)
                position += 1
            elif text.startswith(self._quote, position + 1):
                parts.append(letter)
                position += 2
            else:
                return "".join(parts), position + 1
        return None
