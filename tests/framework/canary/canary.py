"""`Canary`: one way in which a run can go wrong, on purpose, and everything that Armadillo must then say of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

HEAD = '"""A canary."""\n\nimport os\nimport signal\nimport time\n\nimport pytest\n\n\n'
PASSES = "def test_a(arango):\n    pass\n"
VARIES = "…"
"""In expected texts: whatever differs from run to run or from machine to machine, within one line."""

RECORD = ("events.binpb", "index.json", "report.html", "results.json", "timeline.txt")
LOGS = ("arangod.log", "command_line.txt", "output.log")
CORE = ("core.tar.…", "stacks.txt")
"""With zstd or, where there is none, gzip."""
HANG = ("hang/hang.txt", "hang/single-1.json")


SNAPSHOT = (
    "snapshot/metrics/single-1.after.txt",
    "snapshot/metrics/single-1.before.txt",
    "snapshot/status.json",
)
"""What a server says of itself when the run has gone wrong while it lives."""


def of_server(*names: str, server: str = "single-1", incarnation: int = 1) -> tuple[str, ...]:
    """Paths of one incarnation's files among the outputs: its logs, and `names`."""
    return tuple(f"servers/{server}/{incarnation}/{name}" for name in (*LOGS, *names))


@dataclass(frozen=True)
class Canary:
    """A target, and what its run must leave: every field is compared exactly, `…` stands for what varies.

    `what` is the row's name in docs/what_goes_wrong.md. `cases` are all cases of test.xml with their outcome child,
    `files` all of the outputs without those of every run; `may_be_missing` those cases and files that the end of the
    run may come before, `not_written` those files of every run that this one has not. `first_problem` is what the first
    problem in test.xml says where it is not the headline. `shown` are words that the text of a case must have.
    `mounts` says that a file system of its own is mounted. `notes` are words of test.log's notes.
    """

    name: str
    what: str
    test: str
    headline: str
    outcome: str
    exit_code: int
    cases: Mapping[str, str]
    status: str = "FAILED"
    attributes: str = ""
    files: tuple[str, ...] = of_server()
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    server: str = ""
    mounts: bool = False
    may_be_missing: tuple[str, ...] = ()
    first_problem: str = ""
    not_written: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """Its label in the scratch workspace."""
        return f"//suite:{self.name}_test"

    @property
    def source(self) -> str:
        """The test file."""
        return f"{HEAD}{self.test}"

    @property
    def rule(self) -> str:
        """The target in the BUILD file."""
        parts = [f'name = "{self.name}_test"', f'srcs = ["{self.name}_test.py"]', self.attributes]
        if self.server:
            parts.append(f'server = ":{self.server}"')
        return f"arangodb_test({', '.join(part for part in parts if part)})\n"

    @property
    def has_core(self) -> bool:
        """Whether a core is among the evidence."""
        return any(file.endswith(CORE) for file in self.files)

    @property
    def outputs(self) -> set[str]:
        """Paths of all undeclared outputs."""
        return {*RECORD, *self.files} - {*self.not_written}

    def differences(self, expected: Iterable[str], found: Iterable[str]) -> list[str]:
        """What is missing and what is too much, in words; an empty list for what is exactly as expected."""
        wanted, there = sorted(expected), sorted(found)
        missing = [text for text in wanted if not any(fits(text, one) for one in there)]
        surplus = [one for one in there if not any(fits(text, one) for text in wanted)]
        return [f"missing: {text}" for text in missing if text.partition(": ")[0] not in self.may_be_missing] + [
            f"not expected: {one}" for one in surplus
        ]


def fits(expected: str, found: str) -> bool:
    """Whether a text is the expected one; `…` in it stands for any part of a line, also for none."""
    pattern = ".*".join(re.escape(part) for part in expected.split(VARIES))
    return re.fullmatch(pattern, found) is not None
