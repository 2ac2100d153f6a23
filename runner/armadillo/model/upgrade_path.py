"""Which upgrades ArangoDB allows in place.

Source: operations/upgrading of its documentation for 3.11, 3.12 and 4.x, and arangodb/go-upgrade-rules as the starter
uses it: patch releases in any step, minor versions one after the other, 3.12 from 3.12.4 on, 4.0 from 3.12.10 on;
Community to Enterprise, not back; never a downgrade. What is not allowed in place goes by a dump.
"""

from __future__ import annotations

from .distribution import ServerFacts

Version = tuple[int, int, int]

_FIRST_WHOLE_3_12: Version = (3, 12, 4)
"""3.12.0 to 3.12.3 are to be skipped."""
_LAST_STEP_BEFORE_4: Version = (3, 12, 10)
_NOTHING_TO_DO = "both servers are the same, there is nothing to upgrade; set another to_server"
_WAY_ROUND = "or set by_dump = True and bring the data over by arangodump and arangorestore, which may skip versions"
"""Source: operations/upgrading/downgrading: a data directory is bound to its version, a dump is not."""


def forbidden_upgrade(old: ServerFacts, new: ServerFacts) -> str:
    """Why ArangoDB does not allow to upgrade from `old` to `new`, and the way out; "" when it does."""
    problem = _problem(old, new)
    if not problem:
        return ""
    way_round = "" if problem == _NOTHING_TO_DO else f"; {_WAY_ROUND}"
    return (
        f"expected an upgrade that ArangoDB allows, found one from {old.version} to {new.version}: {problem}{way_round}"
    )


def needs_upgrade(old: ServerFacts, new: ServerFacts) -> bool:
    """Whether a new binary refuses the old one's data directory before `--database.auto-upgrade`.

    Patch releases of one minor version do not.
    """
    return old.version_numbers[:2] != new.version_numbers[:2]


def _problem(old: ServerFacts, new: ServerFacts) -> str:
    before, after = old.version_numbers, new.version_numbers
    if after < before:
        return "a data directory cannot go back to an older version; exchange from_server and to_server"
    if old.edition == "enterprise" and new.edition == "community":
        return "data of the Enterprise edition cannot go to the Community edition; use the same edition for both"
    if after == before:
        if old.edition != new.edition or old.version != new.version:
            return ""
        return _NOTHING_TO_DO
    return _problem_of_step(before, after)


def _problem_of_step(before: Version, after: Version) -> str:
    if after[:2] == before[:2]:
        return ""
    if (before[0], after[0]) == (3, 4):
        if after[1] != 0:
            return f"minor versions are not skipped; upgrade to 4.0 first, and from there to {_text(after)}"
        if before < _LAST_STEP_BEFORE_4:
            return f"4.0 takes over from {_text(_LAST_STEP_BEFORE_4)} or newer; upgrade to that one first"
        return ""
    if after[0] != before[0]:
        return "no major version is skipped; go through the newest release of each"
    if after[1] != before[1] + 1:
        step = f"{before[0]}.{before[1] + 1}"
        return f"minor versions are not skipped; upgrade to {step} first, as to_server, and go on in a second test"
    if (3, 12, 0) <= after < _FIRST_WHOLE_3_12:
        return f"3.12.0 to 3.12.3 are to be skipped; upgrade to {_text(_FIRST_WHOLE_3_12)} or newer"
    return ""


def _text(version: Version) -> str:
    return ".".join(str(number) for number in version)
