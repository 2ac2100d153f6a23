"""The frame of every tool: parse the options, run, turn exceptions into texts and exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .connection import Server
from .console import Console
from .failure import EXIT_FAILURE, ServerError, ToolError
from .options import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .options import Option, Options

    Run = Callable[[Options, Server, Console], int]

_DATABASE_NOT_FOUND = 1228
_DUPLICATE_NAME = 1207


def run_tool(
    tool: str, own: Sequence[Option], run: Run, arguments: Sequence[str], *, positional: str = ""
) -> int:  # fmt: skip
    """Return the exit code of a tool's run."""
    console = Console(tool.removeprefix("arango"))
    try:
        options = parse(tool, own, arguments, positional=positional)
        if options is None:
            return 0
        console = Console(tool.removeprefix("arango"), quiet=options["quiet"])
        return run(options, Server(options), console)
    except ToolError as error:
        console.error("f7ff5", str(error))
        return error.exit_code
    except OSError as error:
        console.error("f7ff5", f"file system: {error}")
        return EXIT_FAILURE
    except KeyboardInterrupt:
        console.error("f7ff5", "interrupted")
        return EXIT_FAILURE


def ensure_database(server: Server, options: Options, console: Console, properties: dict[str, object]) -> None:
    """Make the server's database unless it is there; `properties` are those a dump has of it. Raises ServerError."""
    try:
        server.current_database()
        return
    except ServerError as error:
        if error.number != _DATABASE_NOT_FOUND and error.status not in (401, 404):
            raise
    settings = {
        name: properties[name] for name in ("sharding", "replicationFactor", "writeConcern") if properties.get(name)
    }
    user = {"username": options["server.username"], "passwd": options["server.password"], "active": True}
    body: dict[str, object] = {"name": server.database, "options": settings}
    if options["server.authentication"] and not options["server.jwt-secret-keyfile"]:
        body["users"] = [user]
    try:
        server.call("POST", "/_api/database", body, database="_system")
    except ServerError as error:
        if error.number != _DUPLICATE_NAME:
            raise
    console.info("e2c7d", f"Created database '{server.database}'")
