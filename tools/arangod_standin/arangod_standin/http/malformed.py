"""What is said to bytes that are no request."""

from __future__ import annotations


class Malformed(Exception):
    """The bytes are no HTTP request; `status` answers them and the connection is closed."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
