"""Text that may stand in XML 1.0."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_TEXT = 64 * 1024


def clean(text: str) -> str:
    """Without the characters that XML 1.0 forbids, and cut in the middle when it is very long."""
    text = _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    left_out = len(text) - _LONGEST_TEXT
    return f"{text[:half]}\n... {left_out} characters left out, they are in test.log ...\n{text[-half:]}"
