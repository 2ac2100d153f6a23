"""Outcomes, times and sizes as the page says them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from ..model.outcome import Outcome
from .element import Child, element

_DEAD_PATH = re.compile(
    r"([\s\"(])/[^\s\"]*?(?:\.runfiles/[^/\s\"]+/|/execroot/[^/\s\"]+/)(?:[^\s\"]*?(?:\.runfiles/[^/\s\"]+/|/site-packages/)"
    r"|site-packages/)?"
)
_TONES = {Outcome.PASSED: "good", Outcome.SKIPPED: "", Outcome.UNKNOWN: "warn", Outcome.FLAKY: "warn"}


def tone(outcome: Outcome) -> str:
    """The colour's name of an outcome: "good", "bad", "warn" or "" for neither."""
    return _TONES.get(outcome, "bad")


def badge(text: str, colour: str) -> ET.Element:
    """A word on a coloured ground."""
    return element("span", text, class_=f"badge {colour}".strip())


def outcome_badge(outcome: Outcome) -> ET.Element:
    """An outcome's word."""
    return badge(outcome.name.lower(), tone(outcome))


def seconds(time_ns: int, began_ns: int) -> str:
    """A moment as seconds since the run began."""
    return f"{(time_ns - began_ns) / 1e9:+.3f} s"


def size(size_bytes: int) -> str:
    """A size as people read it."""
    number, unit = float(size_bytes), "B"
    for following in ("KiB", "MiB", "GiB"):
        if number < 1024:
            break
        number, unit = number / 1024, following
    return f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"


def short_paths(text: str) -> str:
    """A text whose files are named from their runfiles or packages on: what stood before is gone with the sandbox."""
    return _DEAD_PATH.sub(r"\1", text)


def folded(title: str, *children: Child, is_open: bool = False) -> ET.Element:
    """Something that opens with a click."""
    return element("details", element("summary", title), *children, open=is_open)


def link(path: str, text: str = "") -> ET.Element:
    """A link to a file beside the page."""
    from urllib.parse import quote

    return element("a", text or path, href=quote(path))
