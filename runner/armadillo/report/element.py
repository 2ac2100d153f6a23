"""Building HTML as a tree: the serializer escapes every text and attribute, so nothing found in a run becomes markup.

`xml.etree` is loaded for test.xml anyway; a template library would cost more time than the whole page.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TypeAlias

Child: TypeAlias = "ET.Element | str | None"
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ANSI = re.compile("\x1b\\[[0-9;]*[A-Za-z]")


def element(tag: str, *children: Child, **attributes: object) -> ET.Element:
    """An element; a trailing `_` of an attribute's name is dropped and others become `-`. None and False are left out.

    `class_="x"` is ``class="x"``, `stroke_width=2` is ``stroke-width="2"``, `open=True` is ``open=""``.
    """
    made = ET.Element(tag)
    for name, value in attributes.items():
        if value is not None and value is not False:
            made.set(name.rstrip("_").replace("_", "-"), "" if value is True else printable(_text(value)))
    return add(made, *children)


def add(parent: ET.Element, *children: Child) -> ET.Element:
    """Appends elements and texts in their order; answers the parent. None is left out."""
    for child in children:
        if isinstance(child, ET.Element):
            parent.append(child)
        elif child:
            text = printable(child)
            if len(parent):
                parent[-1].tail = (parent[-1].tail or "") + text
            else:
                parent.text = (parent.text or "") + text
    return parent


def printable(text: str) -> str:
    """Without terminal colours and without characters that HTML forbids."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", _ANSI.sub("", text))


def raw_text(tag: str, text: str, **attributes: object) -> ET.Element:
    """A `script` or `style` element: its text is written as it is, so it must be our own and end no element."""
    if tag not in ("script", "style") or "</" in text:
        raise ValueError(f"{tag} cannot hold this text as it is")
    made = element(tag, **attributes)
    made.text = text
    return made


def render(root: ET.Element) -> bytes:
    """The document as UTF-8."""
    return b"<!DOCTYPE html>\n" + ET.tostring(root, encoding="utf-8", method="html") + b"\n"


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
