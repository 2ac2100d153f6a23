"""The step from `session` to `supervision`, so that the first need not know the second; heavy imports come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .session import Session


def supervise(session: Session) -> int:
    """The second half of a run, whose servers and test process are spawned; answers the process's exit code."""
    import asyncio

    from .supervision import Supervision

    return asyncio.run(Supervision(session).run())
