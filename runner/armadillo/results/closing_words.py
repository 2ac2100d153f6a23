"""The last lines of test.log: the headline, what was found, what does not fail the run, and how to repeat it."""

from __future__ import annotations

from .flakiness import flaky_lines
from .judgement import judge
from .repeat_command import case_to_repeat, repeat_command
from .run_record import RunRecord

_NAME = "armadillo: "


def closing_words(record: RunRecord, summary: str, headline: str) -> str:
    """All of them; `summary` is one line about the run itself, which comes first."""
    judgement = judge(record)
    lines = [_NAME + summary, *([_NAME + headline] if headline else [])]
    lines += [f"{_NAME}note: {note}" for note in record.notes]
    for finding in judgement.counting:
        lines += [_NAME + finding.message] if finding.message != headline else []
        lines += [finding.details] if finding.details else []
    warnings = [f"{one.finding.message} ({one.because})" for one in judgement.warnings]
    warnings += [f"{unused}; remove it" for unused in judgement.unused]
    warnings += flaky_lines(record)
    lines += [f"{_NAME}warning: {warning}" for warning in warnings]
    case = case_to_repeat(record)
    lines += [f"{_NAME}repeat it: {repeat_command(record, case)}"] if case else []
    return "\n".join(lines) + "\n"
