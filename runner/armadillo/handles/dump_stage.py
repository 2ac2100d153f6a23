"""The stages of an upgrade by a dump, and what it needs of client tools."""

from __future__ import annotations

import enum
from typing import Protocol


class DumpStage(enum.Enum):
    """Where an upgrade by a dump is; the test looks on in each."""

    DUMPED = "dumped"
    """arangodump has ended; the old servers still run, and what is written from now on is lost."""
    EMPTY = "empty"
    """The new servers run on empty data directories."""
    RESTORED = "restored"
    """arangorestore has ended, and all shards are in sync."""


class DumpTools(Protocol):
    """arangodump and arangorestore of one server distribution; `scenario.client_tools.ClientTools` is one."""

    def path_of(self, tool: str) -> str:
        """Absolute path of a tool's executable; raises `ClientToolMissingError`."""

    async def dump(self, directory: str, *, include_system_collections: bool = ..., timeout_s: float = ...) -> object:
        """Writes all databases to the directory; raises `ClientToolError`, `ConditionTimeoutError`."""

    async def restore(
        self, directory: str, *, include_system_collections: bool = ..., timeout_s: float = ...
    ) -> object:
        """Restores all databases of the directory; raises `ClientToolError`, `ConditionTimeoutError`."""
