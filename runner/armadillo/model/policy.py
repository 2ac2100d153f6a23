"""What counts as a failure beside failed cases, as the target's attributes say it."""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class Consequence(enum.Enum):
    """What something found does to the run."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Allowance:
    """Something that a run may show without failing; `until` is the last day on which it counts, "" for ever."""

    pattern: str
    reason: str
    until: str = ""

    def is_expired(self, today: datetime.date) -> bool:
        """Whether its last day has passed."""
        return bool(self.until) and today > datetime.date.fromisoformat(self.until)

    def matches(self, text: str, fingerprint: str = "") -> bool:
        """Whether a line or headline is meant, or the report with this fingerprint."""
        return self.pattern == fingerprint != "" or re.search(self.pattern, text) is not None


@dataclass(frozen=True)
class Policy:
    """The target's rules for everything that is found beside its cases."""

    leaks: Consequence = Consequence.FAIL
    log_errors: Consequence = Consequence.FAIL
    allowed_log_lines: tuple[Allowance, ...] = ()
    allowed_sanitizer_reports: tuple[Allowance, ...] = ()
    case_timeout_s: float = 0.0
    monitor_interval_ms: int = 1000


def allowing(allowances: Iterable[Allowance], text: str, fingerprint: str = "") -> Allowance | None:
    """The first allowance that still counts today and means the text or the fingerprint."""
    today = datetime.datetime.now(tz=datetime.UTC).date()
    for allowance in allowances:
        if not allowance.is_expired(today) and allowance.matches(text, fingerprint):
            return allowance
    return None


def policy_from_json(data: Mapping[str, Any]) -> Policy:
    """Reads the JSON form of `armadillo_api.v1.Policy`; what is left out has its default. Raises ValueError."""
    defaults = Policy()
    return Policy(
        leaks=Consequence(data.get("leaks") or defaults.leaks.value),
        log_errors=Consequence(data.get("log_errors") or defaults.log_errors.value),
        allowed_log_lines=_allowances(data.get("allowed_log_lines", ())),
        allowed_sanitizer_reports=_allowances(data.get("allowed_sanitizer_reports", ())),
        case_timeout_s=float(data.get("case_timeout_s", 0.0)),
        monitor_interval_ms=int(data.get("monitor_interval_ms", defaults.monitor_interval_ms)),
    )


def _allowances(items: Iterable[Mapping[str, str]]) -> tuple[Allowance, ...]:
    found = tuple(Allowance(item["pattern"], item.get("reason", ""), item.get("until", "")) for item in items)
    for allowance in found:
        try:
            re.compile(allowance.pattern)
        except re.error as error:
            raise ValueError(f"the allowed pattern {allowance.pattern!r} is no regular expression: {error}") from None
    return found
