#!/usr/bin/env python3
"""Counts the cases of all test.xml files that Bazel runs reported, from their build event files.

    count_cases.py FILE...

Each FILE is what --build_event_json_file wrote. Prints one line, `N passed, N failed`; failures and errors count as
failed, skipped cases as neither. A target that ended badly without a failed case (killed, not built, XML missing)
counts as one failed case and is named on standard error, so that nothing bad can hide behind an XML file.
"""

from __future__ import annotations

import json
import sys
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

GOOD = ("PASSED", "FLAKY")


@dataclass
class Target:
    """What is known of one test target: its status, and the XML file of each run and shard (last attempt)."""

    status: str = "NO_STATUS"
    xml_paths: dict[tuple[int, int], Path] = field(default_factory=dict)


def events(path: Path) -> Iterator[dict[str, Any]]:
    """The build events of one Bazel run; a file that is cut off ends early."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def read_targets(path: Path) -> dict[str, Target]:
    """All test targets of one Bazel run by label."""
    targets: dict[str, Target] = {}
    for event in events(path):
        identity = event.get("id", {})
        if "testSummary" in identity:
            target = targets.setdefault(identity["testSummary"]["label"], Target())
            target.status = event.get("testSummary", {}).get("overallStatus", "NO_STATUS")
        elif "testResult" in identity:
            place = identity["testResult"]
            target = targets.setdefault(place["label"], Target())
            for output in event.get("testResult", {}).get("testActionOutput", ()):
                if output.get("name") == "test.xml":
                    file = urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path)
                    target.xml_paths[place.get("run", 0), place.get("shard", 0)] = Path(file)
    return targets


def count_file(path: Path) -> tuple[int, int]:
    """Passed and failed cases of one test.xml; an unreadable one has none."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 0, 0
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    return len(cases) - failed - skipped, failed


def count_run(path: Path) -> tuple[int, int]:
    """Passed and failed cases of one Bazel run."""
    passed = failed = 0
    targets = read_targets(path) if path.exists() else {}
    if not targets:
        print(f"{path.name}: no test target was reported", file=sys.stderr)
        return 0, 1
    for label, target in sorted(targets.items()):
        counts = [count_file(file) for file in target.xml_paths.values()]
        target_failed = sum(count[1] for count in counts)
        if target_failed == 0 and (target.status not in GOOD or not counts):
            print(f"{path.name}: {label} is {target.status} without a failed case", file=sys.stderr)
            target_failed = 1
        passed += sum(count[0] for count in counts)
        failed += target_failed
    return passed, failed


def main(arguments: Sequence[str]) -> int:
    """Prints the line; 1 when a case failed."""
    counts = [count_run(Path(argument)) for argument in arguments]
    passed, failed = sum(count[0] for count in counts), sum(count[1] for count in counts)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
