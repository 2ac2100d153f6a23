"""What counts as a failure beside failed cases."""

from __future__ import annotations

import datetime

import pytest
from armadillo.model.policy import Allowance, Consequence, allowing, policy_from_json


def test_what_is_left_out_fails_the_run() -> None:
    """Without a word about it, leaks and ERROR lines are failures, and nothing is allowed."""
    policy = policy_from_json({})
    assert policy.leaks is policy.log_errors is Consequence.FAIL
    assert policy.allowed_log_lines == ()
    assert policy.monitor_interval_ms == 1000
    assert policy.monitor_findings is Consequence.WARN


def test_an_allowance_ends_after_its_last_day() -> None:
    """On its last day it counts, on the day after it does not."""
    allowance = Allowance("refused", "known", "2026-05-31")
    assert not allowance.is_expired(datetime.date(2026, 5, 31))
    assert allowance.is_expired(datetime.date(2026, 6, 1))
    assert allowing([allowance], "connection refused") is None


def test_a_report_is_meant_by_pattern_or_fingerprint() -> None:
    """A fingerprint is compared whole, a pattern is looked for."""
    allowances = [Allowance("abc123", "by fingerprint"), Allowance("leak of .* bytes", "by pattern")]
    assert allowing(allowances, "data race", "abc123") == allowances[0]
    assert allowing(allowances, "direct leak of 56 bytes", "def") == allowances[1]
    assert allowing(allowances, "data race", "") is None


def test_a_bad_pattern_is_refused_with_its_text() -> None:
    """A pattern that is no regular expression is named."""
    with pytest.raises(ValueError, match=r"'\(' is no regular expression"):
        policy_from_json({"allowed_log_lines": [{"pattern": "(", "reason": "x"}]})
