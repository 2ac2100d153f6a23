"""Which upgrades ArangoDB allows in place."""

from __future__ import annotations

import pytest
from armadillo.model.distribution import ServerFacts
from armadillo.model.upgrade_path import forbidden_upgrade, needs_upgrade


def facts(version: str, edition: str = "community") -> ServerFacts:
    """What a server of this version says of itself."""
    return ServerFacts(version=version, edition=edition, is_arangod=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3.11.8", "3.11.14"),
        ("3.11.1", "3.12.4"),
        ("3.11.14", "3.12.10"),
        ("3.12.0", "3.12.1"),
        ("3.12.10", "4.0.0"),
        ("3.12.11", "4.0.0-nightly"),
        ("4.0.2", "4.1.0"),
    ],
)
def test_next_steps_are_allowed(old: str, new: str) -> None:
    """Patch releases, the next minor version, and 4.0 from the last 3.12."""
    assert forbidden_upgrade(facts(old), facts(new)) == ""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("3.12.10", "3.11.14", "cannot go back to an older version; exchange from_server and to_server"),
        ("4.0.0", "3.12.10", "set by_dump = True and bring the data over by arangodump and arangorestore"),
        ("3.12.5", "3.12.4", "cannot go back"),
        ("3.10.14", "3.12.5", "upgrade to 3.11 first"),
        ("3.11.14", "4.0.0", "4.0 takes over from 3.12.10 or newer"),
        ("3.12.9", "4.0.0", "upgrade to that one first"),
        ("3.12.10", "4.1.0", "upgrade to 4.0 first, and from there to 4.1.0"),
        ("3.11.14", "3.12.3", "3.12.0 to 3.12.3 are to be skipped; upgrade to 3.12.4"),
        ("3.12.10", "3.12.10", "there is nothing to upgrade"),
        ("3.12.10", "5.0.0", "no major version is skipped"),
    ],
)
def test_everything_else_is_refused_with_the_way_out(old: str, new: str, says: str) -> None:
    """The text has both versions, the law and what to do."""
    text = forbidden_upgrade(facts(old), facts(new))

    assert f"from {old} to {new}" in text
    assert says in text


def test_editions_go_upward_only() -> None:
    """Community to Enterprise is allowed, also within one version; the way back is not."""
    assert forbidden_upgrade(facts("3.12.10"), facts("3.12.10", "enterprise")) == ""
    assert "Community edition" in forbidden_upgrade(facts("3.11.1", "enterprise"), facts("3.12.10"))


def test_only_another_minor_version_changes_the_data() -> None:
    """A patch release starts on what the one before it has left."""
    assert needs_upgrade(facts("3.11.14"), facts("3.12.4"))
    assert not needs_upgrade(facts("3.12.4"), facts("3.12.10"))
