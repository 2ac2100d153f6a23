"""What ends a tool: an exception with the exit code, whose text says what to do."""

from __future__ import annotations

# Exit codes of ArangoDB's client tools.
EXIT_FAILURE = 1
EXIT_UNKNOWN_OPTION = 3
EXIT_BAD_VALUE = 4
EXIT_NO_CONFIGURATION = 6


class ToolError(Exception):
    """Ends the tool with a text and an exit code."""

    def __init__(self, text: str, exit_code: int = EXIT_FAILURE) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class ServerError(ToolError):
    """An error answer of the server."""

    def __init__(self, status: int, number: int, text: str, request: str) -> None:
        super().__init__(f"{request}: got error {number} (HTTP {status}): {text}")
        self.status = status
        self.number = number
        self.text = text


class ConnectionFailedError(ToolError):
    """The server did not answer."""
