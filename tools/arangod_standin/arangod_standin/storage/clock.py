"""Revisions: a hybrid logical clock, written in ArangoDB's sortable base-64 alphabet."""

from __future__ import annotations

import time

_ALPHABET = "-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_VALUES = {letter: number for number, letter in enumerate(_ALPHABET)}


def encode_stamp(stamp: int) -> str:
    """Return the text of a time stamp, 11 letters that sort like the number while its length stays."""
    letters = []
    while stamp:
        letters.append(_ALPHABET[stamp & 63])
        stamp >>= 6
    return "".join(reversed(letters)) or "-"


def decode_stamp(text: str) -> int | None:
    """Return the number of an encoded stamp, None when the text is none."""
    stamp = 0
    for letter in text:
        value = _VALUES.get(letter)
        if value is None:
            return None
        stamp = stamp << 6 | value
    return stamp


class HybridLogicalClock:
    """Gives strictly increasing stamps: milliseconds and a counter of 20 bits."""

    def __init__(self) -> None:
        self._last = 0
        self._high = -1
        self._high_text = ""

    def tick(self) -> int:
        """Return the next stamp."""
        self._last = max(self._last + 1, int(time.time() * 1000) << 20)
        return self._last

    def revision(self) -> str:
        """Return the next stamp as a document revision."""
        stamp = self.tick()
        high = stamp >> 12
        if high != self._high:
            # the upper letters stay for thousands of revisions
            self._high, self._high_text = high, encode_stamp(high)
        return self._high_text + _ALPHABET[stamp >> 6 & 63] + _ALPHABET[stamp & 63]

    def observe(self, revision: str) -> None:
        """Never give a stamp below one that was seen from another server."""
        stamp = decode_stamp(revision)
        if stamp is not None and stamp < 1 << 63:
            self._last = max(self._last, stamp)


CLOCK = HybridLogicalClock()
