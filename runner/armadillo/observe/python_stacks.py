"""Where a test waits, read from the stacks that the test process wrote of its threads and asyncio tasks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from ..model.stacks_request import END_OF_STACKS, MAIN_TITLE, TASK_TITLE

_LIBRARIES = ("site-packages", "/lib/python", '"<frozen ')
_OWN_FILES = ("armadillo/", os.path.join(os.path.dirname(os.path.dirname(__file__)), ""))
"""Our own code, as it is named in the packed runner and beside this file."""
_FILE = '  File "'
_DEAD_PATH = re.compile(r'  File "[^"]*(?:/site-packages/|\.runfiles/[^/"]+/|/lib/python3\.\d+/)')


def place_of_test(text: str, function: str = "") -> str:
    """``file:line in function`` of the innermost frame outside of libraries; "" when there is none.

    The main thread, in which plain tests run, is looked at first; then the tasks, that of the running case (`function`)
    before others; then the other threads.
    """

    places = (_place_in(block.splitlines()) for block in _in_order(text, function))
    return next((place for place in places if place), "")


def readable_stacks(text: str, function: str = "") -> str:
    """The same stacks in the order of `place_of_test`, and files named from their runfiles or packages on.

    The rest of their paths is gone with the sandbox.
    """
    return _DEAD_PATH.sub(_FILE, "\n\n".join(_in_order(text, function))) + "\n"


def _in_order(text: str, function: str) -> list[str]:
    def order(block: str) -> int:
        if block.startswith(MAIN_TITLE):
            return 0
        if block.startswith(TASK_TITLE):
            return 1 if function and any(line.endswith(f" in {function}") for line in block.splitlines()) else 2
        return 3

    text = text.replace(END_OF_STACKS, "").strip("\n")
    return sorted((block.strip("\n") for block in text.split("\n\n")), key=order)


def _place_in(lines: Iterable[str]) -> str:
    for line in lines:
        if line.startswith(_FILE) and not any(part in line for part in _LIBRARIES):
            file, _, rest = line.removeprefix(_FILE).partition('", line ')
            number, _, function = rest.partition(" in ")
            if not file.startswith(_OWN_FILES):
                return f"{os.path.basename(file)}:{number} in {function}"
    return ""
