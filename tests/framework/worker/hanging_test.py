"""Waits for ever: the run must end itself before the worker's time limit, which would lose all outputs."""

from __future__ import annotations

import threading

from armadillo import SingleServer


def test_waits_for_ever(arango_single_server: SingleServer) -> None:
    """Never ends."""
    assert arango_single_server.facts.version
    threading.Event().wait()
