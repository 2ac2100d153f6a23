"""Text that may stand in XML 1.0, and how much of it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_TEXT = 64 * 1024
LONGEST_MESSAGE = 2048
"""Of an attribute: it is the one line that lists show."""
MOST_TEXT = 3 * 1024 * 1024
"""Characters of all texts of one file: CI systems and IDEs read it as a whole, and some refuse large ones."""


def clean(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Without the characters that XML 1.0 forbids, and cut in the middle when it has more than `longest`."""
    return _cut(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text), longest)


def keep_small(document: ET.Element) -> None:
    """Cuts the longest texts of a document further, all to the same length, if there are too many of them."""
    lengths = sorted(len(element.text) for element in document.iter() if element.text)
    left, longest = MOST_TEXT, 0
    for index, length in enumerate(lengths):
        longest = left // (len(lengths) - index)
        if length > longest:
            break
        left -= length
    else:
        return
    for element in document.iter():
        if element.text:
            element.text = _cut(element.text, longest)


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    half = longest // 2
    left_out = len(text) - longest
    return f"{text[:half]}\n... {left_out} characters left out, they are in test.log ...\n{text[-half:]}"
