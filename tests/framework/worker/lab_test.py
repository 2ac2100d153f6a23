"""Asks for the lab: where a worker refuses it, the run fails at once and says what was refused."""

from __future__ import annotations

from armadillo import SingleServer


def test_runs_in_the_lab(arango_single_server: SingleServer) -> None:
    """Is reached in the lab alone."""
    assert arango_single_server.facts.version
