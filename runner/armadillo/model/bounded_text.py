"""Texts of a case with an upper bound, on either side of the channel."""

from __future__ import annotations

CASE_CAP_CHARACTERS = 1024 * 1024
"""Of one text of one case: its traceback, its output."""


def shortened(text: str, cap: int = CASE_CAP_CHARACTERS) -> str:
    """A text of at most about `cap` characters: its two ends, and between them what is missing."""
    if len(text) <= cap:
        return text
    half = cap // 2
    return f"{text[:half]}\n--- truncated: {len(text) - 2 * half} characters are left out ---\n{text[-half:]}"
