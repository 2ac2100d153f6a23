"""What ArangoDB answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST_TEXT = 300


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body: parsed when it is JSON, else text, None when empty.

    `answer["name"]` is a short way to a member of a JSON object.
    """

    status: int
    headers: Mapping[str, str]
    body: Any

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A member of the body, or `default` when there is none or the body is not a JSON object."""
        return self.body.get(name, default) if isinstance(self.body, dict) else default

    @property
    def error_num(self) -> int:
        """ArangoDB's `errorNum`, 0 when the answer has none."""
        number = self.get("errorNum", 0)
        return number if isinstance(number, int) else 0

    @property
    def error_message(self) -> str:
        """ArangoDB's `errorMessage`, or the beginning of the body."""
        message = self.get("errorMessage")
        return str(message) if message else str(self.body if self.body is not None else "no body")[:_LONGEST_TEXT]


def answer_of(status: int, headers: Mapping[str, str], content: bytes) -> Answer:
    """Makes an `Answer` of what came over the wire."""
    lower = {name.lower(): value for name, value in headers.items()}
    return Answer(status, lower, _parsed(content, lower.get("content-type", "")))


def _parsed(content: bytes, content_type: str) -> Any:
    if not content:
        return None
    text = content.decode("utf-8", "replace")
    if "json" not in content_type:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
