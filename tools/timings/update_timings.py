"""Writes the file of the attribute `timings` from the test.xml files of the last `bazel test`.

    bazel run @armadillo//tools/timings:update -- tests/replication/timings.json

takes the cases of all targets in tests/replication and below. Cases that are not there (another filter, a red run) keep
what they have; a value changes only when it is off by more than a quarter, for each change of the file makes the
targets that read it run again.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from xml.etree import ElementTree

from armadillo.errors import SpecError
from armadillo.model.timings import parse_timings, render_timings

_PART_OF_A_TARGET = re.compile(r"(?:shard|run)_\d+_of_\d+")
_OUTCOMES = ("failure", "error", "skipped")
_TOLERANCE = 0.25
_SHORTEST_S = 0.01


def main(words: Sequence[str]) -> int:
    """The command; answers its exit code: 0 also when nothing changed, 1 when there is nothing to learn from."""
    asked = _parser().parse_args(words)
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    file = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), asked.file)
    testlogs = Path(asked.testlogs) if asked.testlogs else workspace / "bazel-testlogs"
    if not testlogs.is_dir():
        print(f"expected the folder of Bazel's test results, found none at {testlogs}: run `bazel test` first, or name "
              "it: --testlogs=$(bazel info bazel-testlogs)", file=sys.stderr)  # fmt: skip
        return 1
    patterns = asked.targets or [f"//{os.path.relpath(file.parent.resolve(), workspace.resolve())}/..."]
    measured = seconds_of_cases(testlogs, patterns)
    if not measured:
        print(f"no passed case of Armadillo in the test.xml files of {', '.join(patterns)} below {testlogs}; "
              "run `bazel test` on them first", file=sys.stderr)  # fmt: skip
        return 1
    try:
        known = parse_timings(file.read_text(encoding="utf-8"), str(file)) if file.exists() else {}
    except SpecError as error:
        print(f"{error}; remove it to begin anew", file=sys.stderr)
        return 1
    updated = merged(known, measured, asked.prune)
    text = render_timings(updated)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
    print(f"{asked.file}: {_changes(known, updated)}; {len(measured)} cases measured, {len(updated)} in the file")
    return 0


def seconds_of_cases(testlogs: Path, patterns: Sequence[str]) -> dict[str, float]:
    """Seconds by node id of the cases that passed; where a case ran more than once, the middle of them."""
    samples: dict[str, list[float]] = {}
    for path in sorted(testlogs.rglob("test.xml")):
        if any(fits(pattern, _target_of(path.parent.relative_to(testlogs))) for pattern in patterns):
            for node_id, seconds in _passed_cases(path):
                samples.setdefault(node_id, []).append(seconds)
    return {node_id: median(seconds) for node_id, seconds in samples.items()}


def merged(known: Mapping[str, float], measured: Mapping[str, float], prune: bool = False) -> dict[str, float]:
    """What is known with what was measured: new cases, and those that are off by more than a quarter."""
    result = {} if prune else dict(known)
    for node_id, seconds in measured.items():
        before = known.get(node_id)
        rounded = max(float(f"{seconds:.2g}"), _SHORTEST_S)
        stays = before is not None and abs(rounded - before) <= max(_TOLERANCE * before, _SHORTEST_S)
        result[node_id] = before if before is not None and stays else rounded
    return result


def fits(pattern: str, target: str) -> bool:
    """Whether a target, as "package/name", is among those of //package:name, //package, //package:all, //package/..."""
    path = re.sub(r"^@?[^/]*//", "", pattern)
    package, colon, name = path.partition(":")
    package = "" if package == "." else package
    if package in ("...", "./..."):
        return True
    if package.endswith("/..."):
        return target.startswith(package.removesuffix("...").removeprefix("./"))
    if name in ("all", "*"):
        return os.path.dirname(target) == package
    return target == "/".join(part for part in (package, name if colon else os.path.basename(package)) if part)


def _target_of(directory: Path) -> str:
    return "/".join(part for part in directory.parts if not _PART_OF_A_TARGET.fullmatch(part))


def _passed_cases(path: Path) -> Iterator[tuple[str, float]]:
    """Node id and seconds; cases of other test runners have no file and are left out."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except ElementTree.ParseError:
        return
    for case in cases:
        file = case.get("file", "")
        if file.endswith(".py") and not any(case.find(outcome) is not None for outcome in _OUTCOMES):
            module = file.removesuffix(".py").replace("/", ".")
            classes = [name for name in case.get("classname", "").removeprefix(module).split(".") if name]
            yield "::".join([file, *classes, case.get("name", "")]), float(case.get("time") or 0)


def _changes(known: Mapping[str, float], updated: Mapping[str, float]) -> str:
    new = len(updated.keys() - known.keys())
    gone = len(known.keys() - updated.keys())
    changed = sum(1 for node_id in known.keys() & updated.keys() if known[node_id] != updated[node_id])
    return f"{new} new, {changed} changed, {gone} removed"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="update", description=(__doc__ or "").strip(), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="the JSON file of the attribute `timings`; made if it is not there")
    parser.add_argument("targets", nargs="*", help="whose cases (default: all targets in the file's folder and below)")
    parser.add_argument("--testlogs", help="Bazel's folder of test results (default: bazel-testlogs of the workspace)")
    parser.add_argument("--prune", action="store_true", help="remove cases that are not in the results")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
