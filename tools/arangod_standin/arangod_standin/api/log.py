"""Log entries and log levels."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response
from ..logger import LEVELS, level_name

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request


class LogApi:
    """Handlers below ``/_admin/log``."""

    def __init__(self, context: ServerContext) -> None:
        self._journal = context.journal
        context.router.add("GET", "/_admin/log/entries", self.entries)
        context.router.add("GET PUT", "/_admin/log/level", self.levels)

    async def entries(self, request: Request) -> Response:
        """GET /_admin/log/entries ?upto level start size offset search sort."""
        parameters = request.parameters
        upto = self._level(parameters.get("upto") or parameters.get("level") or "INFO")
        exact = "level" in parameters
        start, search = self._number(parameters, "start", 0), parameters.get("search", "").lower()
        chosen = [
            entry
            for entry in self._journal.entries
            if entry[0] >= start
            and (entry[2] == upto if exact else LEVELS.index(entry[2]) <= LEVELS.index(upto))
            and search in entry[4].lower()
        ]
        if parameters.get("sort", "asc").lower() == "desc":
            chosen.reverse()
        offset = self._number(parameters, "offset", 0)
        size = self._number(parameters, "size", len(chosen))
        messages = [
            {
                "id": number,
                "topic": topic,
                "level": level,
                "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when)),
                "message": text,
            }
            for number, when, level, topic, text in chosen[offset : offset + size]
        ]
        return json_response(200, {"total": len(chosen), "messages": messages})

    async def levels(self, request: Request) -> Response:
        """GET and PUT /_admin/log/level."""
        if request.method == "PUT":
            for topic, word in request.json_object().items():
                level = self._level(str(word))
                for name in list(self._journal.levels) if topic == "all" else [topic]:
                    if name not in self._journal.levels:
                        raise ArangoError(errors.BAD_PARAMETER, f"unknown log topic '{name}'")
                    self._journal.levels[name] = level
        return json_response(200, self._journal.levels)

    @staticmethod
    def _level(word: str) -> str:
        level = level_name(LEVELS[int(word)] if word.isdigit() and int(word) < len(LEVELS) else word)
        if level is None:
            raise ArangoError(errors.BAD_PARAMETER, f"unknown log level '{word}'")
        return level

    @staticmethod
    def _number(parameters: dict[str, str], name: str, default: int) -> int:
        text = parameters.get(name)
        if text is None:
            return default
        if not text.isdigit():
            raise ArangoError(errors.BAD_PARAMETER, f"{name} must be a number")
        return int(text)
