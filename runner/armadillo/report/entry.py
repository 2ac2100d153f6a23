"""`Entry`: one line of the merged timeline."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One thing: when, whose ("dbserver-1", "case", "runner"), what kind of thing, and in words."""

    time_ns: int
    who: str
    kind: str
    text: str
