"""Log entries, log levels and structured log parameters: ``/_admin/log``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response
from ..logger import LEVELS, level_name
from ..permissions import require_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..context import ServerContext
    from ..http.message import Request

    # number, seconds since 1970, level, topic, text
    _Entry = tuple[int, float, str, str, str]

_STRUCTURED = ("collection", "database", "url", "username", "dbname", "queryid", "shard")


class LogApi:
    """Handlers below ``/_admin/log``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._journal = context.journal
        self._default_levels = dict(context.journal.levels)
        self._structured = dict.fromkeys(self._started_with(), True)
        add = context.router.add
        add("GET", "/_admin/log/entries", self.entries)
        add("GET PUT DELETE", "/_admin/log/level", self.levels)
        add("GET PUT", "/_admin/log/structured", self.structured)
        if context.settings.family < (4, 0):
            add("GET", "/_admin/log", self.columns)
            add("DELETE", "/_admin/log", self.clear)
        add("DELETE", "/_admin/log/entries", self.clear)

    def _started_with(self) -> list[str]:
        given = self._context.settings.strings("log.structured-param", [])
        words = [text.partition("=") for text in given]
        return [name for name, _, value in words if name in _STRUCTURED and value.lower() in ("", "true", "on", "1")]

    def _check(self, request: Request) -> None:
        policy = self._context.settings.string("log.api-enabled", "true").lower()
        require_policy(self._context, request, policy)

    # -- entries -----------------------------------------------------------------------------------------------------
    def _chosen(self, request: Request) -> list[_Entry]:
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
        return chosen

    def _page(self, request: Request, chosen: Sequence[_Entry]) -> Sequence[_Entry]:
        offset = self._number(request.parameters, "offset", 0)
        return chosen[offset : offset + self._number(request.parameters, "size", len(chosen))]

    async def entries(self, request: Request) -> Response:
        """GET /_admin/log/entries ?upto level start size offset search sort serverId."""
        self._check(request)
        elsewhere = await self._elsewhere(request)
        if elsewhere is not None:
            return elsewhere
        chosen = self._chosen(request)
        messages = [
            {
                "id": number,
                "topic": topic,
                "level": level,
                "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when)),
                "message": text,
            }
            for number, when, level, topic, text in self._page(request, chosen)
        ]
        return json_response(200, {"total": len(chosen), "messages": messages})

    async def columns(self, request: Request) -> Response:
        """GET /_admin/log: the same in parallel arrays, as before 4.0."""
        self._check(request)
        chosen = self._chosen(request)
        page = self._page(request, chosen)
        body = {
            "totalAmount": len(chosen),
            "lid": [entry[0] for entry in page],
            "topic": [entry[3] for entry in page],
            "level": [LEVELS.index(entry[2]) for entry in page],
            "timestamp": [int(entry[1]) for entry in page],
            "text": [entry[4] for entry in page],
        }
        return json_response(200, body)

    async def clear(self, request: Request) -> Response:
        """DELETE /_admin/log/entries: forget the entries that are kept in memory; log files stay as they are."""
        self._check(request)
        self._journal.entries.clear()
        return json_response(200, {})

    # -- settings ----------------------------------------------------------------------------------------------------
    async def levels(self, request: Request) -> Response:
        """GET, PUT and DELETE (back to those of the start) /_admin/log/level ?serverId withAppenders."""
        self._check(request)
        elsewhere = await self._elsewhere(request)
        if elsewhere is not None:
            return elsewhere
        if request.method == "PUT":
            wanted = request.json()
            if isinstance(wanted, str):
                wanted = {"all": wanted}
            if not isinstance(wanted, dict):
                raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting an object of topics and levels")
            self._take(wanted.get("global", wanted) if isinstance(wanted.get("global"), dict) else wanted)
        elif request.method == "DELETE":
            self._journal.levels.update(self._default_levels)
        if request.flag("withAppenders"):
            return json_response(200, {"global": self._journal.levels, "appenders": {}})
        return json_response(200, self._journal.levels)

    def _take(self, wanted: dict[str, Any]) -> None:
        """Change levels, all or none. Raises ArangoError 10 for unknown levels; unknown topics are ignored."""
        chosen: dict[str, str] = {}
        for topic, word in wanted.items():
            if topic in ("global", "appenders"):
                continue
            level = self._level(str(word))
            for name in self._journal.levels:
                if topic in ("all", name):
                    chosen[name] = level
        self._journal.levels.update(chosen)

    async def structured(self, request: Request) -> Response:
        """GET and PUT /_admin/log/structured: which parameters are enabled."""
        self._check(request)
        if request.method == "PUT":
            for name, enabled in request.json_object().items():
                if name in _STRUCTURED and isinstance(enabled, bool):
                    if enabled:
                        self._structured[name] = True
                    else:
                        self._structured.pop(name, None)
        return json_response(200, self._structured)

    async def _elsewhere(self, request: Request) -> Response | None:
        """Return what another server answers if ``serverId`` names one, None for this server."""
        server = request.parameters.get("serverId")
        if not server or server == self._context.server_id:
            return None
        if self._context.ask_server is None:
            raise ArangoError(errors.HTTP_NOT_FOUND, f"unknown server '{server}'")
        query = "&".join(f"{name}={value}" for name, value in request.parameters.items() if name != "serverId")
        path = "/" + "/".join(request.segments) + (f"?{query}" if query else "")
        body = request.json() if request.body else None
        status, answer = await self._context.ask_server(server, request.method, path, body)
        return json_response(status, answer)

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
