"""What counts as a failure beside failed cases, as the target's attributes say it."""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LEAK = "leak"
"""Kind of the findings about what cases leave behind; `Policy.leaks` decides about them."""


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
    monitor_findings: Consequence = Consequence.WARN
    memory_growth_limit_mb: int = 1024
    """Per minute; 0 switches the rule off, as the other limits of the monitor do."""
    memory_growth_window_s: int = 120
    stuck_after_probes: int = 6
    cpu_spin_percent: int = 95
    """Of one core."""
    cpu_spin_s: int = 60
    case_attempts: int = 1
    """How often a case is tried that fails in its own body."""


NUMBERS = (
    "monitor_interval_ms",
    "memory_growth_limit_mb",
    "memory_growth_window_s",
    "stuck_after_probes",
    "cpu_spin_percent",
    "cpu_spin_s",
    "case_attempts",
)
"""The fields that are whole numbers."""


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
        monitor_findings=Consequence(data.get("monitor_findings") or defaults.monitor_findings.value),
        **{name: int(data.get(name, getattr(defaults, name))) for name in NUMBERS},
    )


def _allowances(items: Iterable[Mapping[str, str]]) -> tuple[Allowance, ...]:
    found = tuple(Allowance(item["pattern"], item.get("reason", ""), item.get("until", "")) for item in items)
    for allowance in found:
        try:
            re.compile(allowance.pattern)
        except re.error as error:
            raise ValueError(f"the allowed pattern {allowance.pattern!r} is no regular expression: {error}") from None
    return found
