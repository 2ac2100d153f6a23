"""Readers of test.xml, each by its own rules: what it would make of a file, compared with what is meant.

They were written from the rules of the programs themselves (Bazel's TestXmlOutputParser, the two IntelliJ plug-ins, the
Build Server Protocol extension of VS Code) and share no code with the writer. What all of them need is in `strict_xml`.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

Reader = Callable[[bytes, Path], list[str]]
"""From a file's content and the root of the workspace to what the reader would misunderstand."""

_FAILED = ("failure", "error")
_SUITE = {"name": str, "timestamp": str, "hostname": str, "tests": int, "failures": int, "errors": int, "id": int}
_CASE_CHILDREN = ("failure", "error", "skipped", "system-out", "system-err")
_DEFINITION_WITHIN_LINES = 5
"""A decorated function begins at its first decorator."""


def bazel(content: bytes, root: Path) -> list[str]:
    """Bazel: a time without a dot is milliseconds, a case with `failure` or `error` failed.

    Its own summary must count what the suite says of itself.
    """
    document = ET.fromstring(content)
    problems = [] if document.tag in ("testsuites", "testsuite") else [f"the root is <{document.tag}>"]
    for element in document.iter():
        if element.tag in ("testsuite", "testcase") and _bazels_milliseconds(element.get("time", "")) is None:
            problems.append(f"{element.get('name')}: time {element.get('time')!r} is no time")
        if element.tag == "testcase" and (element.get("status"), element.get("result")) != (None, None):
            problems.append(f"{element.get('name')}: status and result would overrule its children")
    for suite in document.iter("testsuite"):
        failed = [case for case in suite.findall("testcase") if any(child.tag in _FAILED for child in case)]
        said = int(suite.get("failures", "")) + int(suite.get("errors", ""))
        if len(failed) != said:
            problems.append(f"{len(failed)} cases failed for Bazel, the suite says {said}")
    return problems


def _bazels_milliseconds(text: str) -> float | None:
    if re.fullmatch(r"\d+\.\d+", text):
        return float(text) * 1000
    return None  # digits alone are milliseconds: never meant here


def intellij(content: bytes, root: Path) -> list[str]:
    """The old plug-in: `classname::name`, split at dots and colons, whose last two words are class and method.

    It shows the innermost suites only, and merges shards by the suite's name.
    """
    document = ET.fromstring(content)
    problems = []
    for suite in document.iter("testsuite"):
        if suite.find("testsuite") is not None and suite.find("testcase") is not None:
            problems.append("cases beside an inner suite are not shown")
        if not suite.get("name", "").startswith("//"):
            problems.append(f"shards are merged by {suite.get('name')!r}, which is no target")
    for case, lines in _located(document, root):
        name = case.get("name", "").partition("[")[0]
        words = re.split(r"\.|::", f"{case.get('classname')}::{name}")
        owner, method = words[-2:]
        text = "\n".join(lines)
        is_class = re.search(rf"^class {re.escape(owner)}\b", text, re.MULTILINE) is not None
        if not is_class and owner != Path(case.get("file", "")).stem:
            problems.append(f"{name}: {owner} is neither a class of its file nor the file")
        if not re.search(rf"^\s*(async )?def {re.escape(method)}\(", text, re.MULTILINE):
            problems.append(f"{name}: there is no function {method}")
    return problems


def jetbrains(content: bytes, root: Path) -> list[str]:
    """The new plug-in: typed fields, one child of a kind at most, `file` with a line counted from zero.

    Before it parses, it repairs the exact text `<skipped />` and no other form of an empty element.
    """
    text = content.decode("utf-8")
    problems = [f"{found} cannot be parsed" for found in re.findall(r"<skipped(?! />)[^>]*/>", text)]
    document = ET.fromstring(content)
    for suite in document.iter("testsuite"):
        for name, kind in _SUITE.items():
            if not _is(kind, suite.get(name)):
                problems.append(f"suite: {name}={suite.get(name)!r} is no {kind.__name__}")
    for case in document.iter("testcase"):
        name = case.get("name")
        if not name or not case.get("classname") or not _is(float, case.get("time")):
            problems.append(f"case {name!r}: name, classname or time is missing")
        for tag in {child.tag for child in case}:
            if tag not in _CASE_CHILDREN or len(case.findall(tag)) > 1:
                problems.append(f"{name}: <{tag}> is unknown or there twice")
    for case, lines in _located(document, root):
        line = int(case.get("line", "-1"))
        name = case.get("name", "").partition("[")[0]
        if not any(f"def {name}(" in one for one in lines[line : line + _DEFINITION_WITHIN_LINES]):
            problems.append(f"{name}: line {line}, counted from zero, leads elsewhere")
    return problems


def vscode_bsp(content: bytes, root: Path) -> list[str]:
    """The extension of VS Code: `classname.name` without parameters is the dotted path from the workspace's root."""
    problems = []
    for case, lines in _located(ET.fromstring(content), root):
        file = case.get("file", "")
        key = f"{case.get('classname')}.{case.get('name', '').partition('[')[0]}"
        module = file.removesuffix(".py").replace("/", ".")
        if not re.search(r"(^|/)(test_[^/]*|[^/]*_test)\.py$", file):
            problems.append(f"{file} is no name of a test file")
        words = key.removeprefix(f"{module}.").split(".")
        if not key.startswith(f"{module}.") or not all(
            any(re.match(rf"\s*(class|def|async def) {re.escape(word)}\b", line) for line in lines) for word in words
        ):
            problems.append(f"{key} is no path to something in {file}")
    return problems


def _is(kind: type, text: str | None) -> bool:
    try:
        kind(text or "")
    except ValueError:
        return False
    return text is not None and text != ""


def _located(document: ET.Element, root: Path) -> Iterator[tuple[ET.Element, list[str]]]:
    """Cases of test files, with the lines of the file."""
    for case in document.iter("testcase"):
        if case.get("file"):
            yield case, (root / case.get("file", "")).read_text(encoding="utf-8").splitlines()


READERS: tuple[Reader, ...] = (bazel, intellij, jetbrains, vscode_bsp)
"""All of them."""
