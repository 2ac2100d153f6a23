"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "Made by `tools/bazel run //tools/quality:reference` from {source}: change these, not this page.\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars in cells are escaped, lines in them are joined."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
