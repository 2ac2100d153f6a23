"""The `test.xml` that a test program of another language wrote, as cases of ours.

Every framework has its own idea of such a file; what is taken is what all of them have: suites in suites, cases with
names and seconds, one child for an outcome that is not good. googletest marks cases that did not run by attributes.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import junitparser
from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome

_LARGEST_BYTES = 64 * 1024 * 1024
_MOST_CASES = 20_000
_NOT_RUN = ("notrun", "disabled", "skipped", "suppressed", "ignored", "filtered")
_NO_REASON = {
    Outcome.ERROR: "an error, of which the program's test.xml tells nothing more",
    Outcome.FAILED: "failed; the program's test.xml does not say why",
    Outcome.SKIPPED: "not run; the program's test.xml does not say why",
}
_WORST_FIRST = ((junitparser.Error, Outcome.ERROR), (junitparser.Failure, Outcome.FAILED))


@dataclass(frozen=True)
class ProgramCase:
    """One case: what it is, and how it ended."""

    case: result_pb2.Case
    finished: result_pb2.CaseFinished


@dataclass(frozen=True)
class ProgramXml:
    """What the file tells; `problem` says in one line why it tells nothing, and is "" when there is no file."""

    cases: list[ProgramCase] = field(default_factory=list)
    problem: str = ""


def read_program_xml(path: str, program: str, root: str = "") -> ProgramXml:
    """Reads the file; never raises. `program` begins the node ids, paths of files become relative to `root`."""
    try:
        size = os.stat(path).st_size
    except OSError:
        return ProgramXml()
    if size > _LARGEST_BYTES:
        return ProgramXml(problem=f"it has {size} bytes, and the most that is read are {_LARGEST_BYTES}")
    try:
        cases = list(_cases(ElementTree.parse(path).getroot(), program, root))
    except (ElementTree.ParseError, OSError, LookupError, ValueError) as error:  # LookupError: an unknown encoding
        return ProgramXml(problem=f"it is no XML: {error}" if size else "it is empty")
    if not cases:
        return ProgramXml(problem="there is no <testcase> in it")
    if len(cases) > _MOST_CASES:
        return ProgramXml(problem=f"it has {len(cases)} cases, and the most that are read are {_MOST_CASES}")
    return ProgramXml(cases)


def _cases(root: ElementTree.Element, program: str, root_directory: str) -> Iterator[ProgramCase]:
    seen: dict[str, int] = {}
    for number, (suite, element) in enumerate(_elements(root, ""), start=1):
        class_name = element.get("classname") or suite
        name = element.get("name") or f"unnamed case {number}"
        inner = ".".join(part for part in (class_name, name) if part)
        seen[inner] = seen.get(inner, 0) + 1
        again = f" #{seen[inner]}" if seen[inner] > 1 else ""  # node ids are unique, names in such files need not be
        case = result_pb2.Case(
            node_id=f"{program}::{inner}{again}",
            file=_relative(element.get("file") or "", root_directory) or program,
            line=int(line) if (line := element.get("line") or "").isdecimal() else 0,
            class_name=class_name,
            name=f"{name}{again}",
        )
        yield ProgramCase(case, _finished(element, case.node_id))


def _elements(element: ElementTree.Element, suite: str) -> Iterator[tuple[str, ElementTree.Element]]:
    """All cases with the name of the innermost suite around them."""
    for child in element:
        if child.tag == "testcase":
            yield element.get("name") or suite, child
        else:
            yield from _elements(child, element.get("name") or suite)


def _finished(element: ElementTree.Element, node_id: str) -> result_pb2.CaseFinished:
    results = junitparser.TestCase.fromelem(element).result
    outcome = Outcome.PASSED
    told: list[junitparser.Result] = []
    for kind, of_kind in _WORST_FIRST:
        told = [one for one in results if isinstance(one, kind)]
        if told:
            outcome = of_kind
            break
    else:
        told = [one for one in results if isinstance(one, junitparser.Skipped)]
        if told or (element.get("status") or "") in _NOT_RUN or (element.get("result") or "") in _NOT_RUN:
            outcome = Outcome.SKIPPED
    finished = result_pb2.CaseFinished(
        node_id=node_id,
        outcome=outcome.value,
        duration_s=_seconds(element.get("time") or ""),
        captured_output="\n".join(_outputs(element)),
    )
    if outcome is not Outcome.PASSED:
        finished.text = "\n".join((one.text or one.message or "").strip() for one in told)
        message = next((one.message for one in told if one.message), "").strip() or finished.text.strip()
        finished.message = message.splitlines()[0] if message else _NO_REASON[outcome]
        finished.phase = "call"
    return finished


def _outputs(element: ElementTree.Element) -> list[str]:
    texts = [(child.text or "").strip() for child in element if child.tag in ("system-out", "system-err")]
    return [text for text in texts if text]


def _seconds(text: str) -> float:
    number = text.removesuffix("s")
    try:  # "1,234.5" is written by some, "1,5" by others
        seconds = float(number.replace(",", "") if "." in number else number.replace(",", "."))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def _relative(path: str, root: str) -> str:
    """Without the sandbox's part, which is dead after the run."""
    for prefix in (f"{root}/", f"{os.path.realpath(root)}/") if root else ():
        path = path.removeprefix(prefix)
    return path
