"""The tables of docs/what_goes_wrong.md, made from the canaries: python -m tests.framework.canary.what_goes_wrong."""

from __future__ import annotations

import sys
from pathlib import Path

from .canary import LOGS, RECORD, Canary
from .canary_table import GROUPS

PAGE = Path("docs/what_goes_wrong.md")
TITLES = {
    "cases": "Tests and the process they run in",
    "servers": "Servers",
    "sanitizers": "Instrumented servers",
    "deadlines": "Time",
    "faults": "Faults",
    "logs": "What servers say and cases leave",
}
_BEGIN, _END = "<!-- canaries: {} -->\n", "<!-- end of canaries -->"


def tables(page: str) -> str:
    """The page with its tables made anew; the text around them stays. Raises ValueError where a place is missing."""
    for group in GROUPS:
        begin = page.index(_BEGIN.format(group)) + len(_BEGIN.format(group))
        end = page.index(_END, begin)
        page = page[:begin] + _table(GROUPS[group]) + page[end:]
    return page


def _table(canaries: tuple[Canary, ...]) -> str:
    lines = ["| what happens | what the run says of it | outcome | exit code | evidence beside the record |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for canary in canaries:
        said = canary.headline or canary.first_problem or "; ".join(canary.warnings)
        code = str(canary.exit_code) if canary.outcome else "-"
        cells = (canary.what, f"`{said}`" if said else "", canary.outcome or "unfinished", code, _evidence(canary))
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _evidence(canary: Canary) -> str:
    """Files beyond those of every run and every server."""
    names = dict.fromkeys(
        file.rpartition("/")[2] if file.startswith("servers/") else file
        for file in canary.files
        if file.rpartition("/")[2] not in LOGS
    )
    told = ", ".join(f"`{name}`" for name in names)
    lost = ", ".join(f"`{name}`" for name in RECORD if name in canary.not_written)
    return "; ".join(part for part in (told, f"no {lost}" if lost else "") if part)


if __name__ == "__main__":
    PAGE.write_text(tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)
