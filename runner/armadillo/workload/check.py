"""`check`: which checker belongs to which kind of load."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import ArmadilloError
from .anomaly import Findings
from .checkers.counters import check_counters
from .checkers.levels import Level
from .checkers.life_cycles import check_life_cycles
from .checkers.list_append import check_list_append
from .checkers.registers import check_registers
from .checkers.sets import check_sets
from .history import History

Checker = Callable[[History], Findings]


def check(history: History) -> Findings:
    """Everything that is wrong with a history, by the checker of its load; a pure function.

    Of a list-append history `settings` tell the promise: "level" (a `Level`), "realtime" and "sessions" (booleans).
    Raises `ArmadilloError` for a load that is not known.
    """
    return checker_of(history)(history)


def checker_of(history: History) -> Checker:
    """The checker of a history's load."""
    if history.workload == "list_append":
        level = Level(history.settings.get("level", Level.SERIALIZABLE))
        realtime = bool(history.settings.get("realtime", True))
        sessions = bool(history.settings.get("sessions", True))
        return lambda one: check_list_append(one, level=level, realtime=realtime, sessions=sessions)
    found = _CHECKERS.get(history.workload)
    if found is None:
        known = ", ".join(sorted((*_CHECKERS, "list_append")))
        raise ArmadilloError(f"expected a history of one of {known}; found {history.workload!r}")
    return found


_CHECKERS: dict[str, Checker] = {
    "register": check_registers,
    "set": check_sets,
    "counter": check_counters,
    "life_cycle": check_life_cycles,
}
