"""From method and path to a handler: a tree of path segments, ``*`` standing for one parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .message import Request, Response

    Handler = Callable[..., Awaitable[Response]]


class _Node:
    __slots__ = ("children", "handlers", "load", "parameter")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.handlers: dict[str, Handler] = {}
        self.load: Callable[[], None] | None = None


class Router:
    """Holds the routes of one server; handlers get the request and one text per ``*`` of their path."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, methods: str, path: str, handler: Handler) -> None:
        """Register a handler, as in ``add("GET HEAD", "/_api/document/*/*", handler)``."""
        node = self._root
        for segment in path.split("/")[1:]:
            if segment == "*":
                if node.parameter is None:
                    node.parameter = _Node()
                node = node.parameter
            else:
                node = node.children.setdefault(segment, _Node())
        for method in methods.split():
            node.handlers[method] = handler

    def mount(self, paths: tuple[str, ...], load: Callable[[], None]) -> None:
        """Call `load` before the first look-up below one of the paths; it registers the routes there.

        A process then imports only the families of routes that somebody asks for, and starts sooner.
        """
        nodes = []
        for path in paths:
            node = self._root
            for segment in path.split("/")[1:]:
                node = node.children.setdefault(segment, _Node())
            nodes.append(node)

        def load_once() -> None:
            for mounted in nodes:
                mounted.load = None
            load()

        for node in nodes:
            node.load = load_once

    def find(self, request: Request) -> tuple[Handler, list[str]]:
        """Return handler and parameters. Raises ArangoError 404 for no such path, 405 for no such method."""
        node: _Node | None = self._root
        arguments = []
        for segment in request.segments:
            assert node is not None
            child = node.children.get(segment)
            if child is None:
                child = node.parameter
                arguments.append(segment)
            node = child
            if node is None:
                break
            if node.load is not None:
                node.load()
        if node is None or not node.handlers:
            raise ArangoError(errors.HTTP_NOT_FOUND, f"unknown path '{request.path}'")
        handler = node.handlers.get(request.method)
        if handler is None:
            raise ArangoError(errors.HTTP_METHOD_NOT_ALLOWED)
        return handler, arguments
