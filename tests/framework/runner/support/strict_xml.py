"""A checker for test.xml: the strict intersection of what Bazel, CI systems and IDE plug-ins read.

It shares no code with the writer. Each rule names the reader that needs it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TIME = re.compile(r"\d+\.\d+")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_OUTCOMES = ("failure", "error", "skipped")


def problems_of(content: bytes) -> list[str]:
    """What a strict reader would object to; an empty list for a good file."""
    try:
        text = content.decode("utf-8")
        root = ET.fromstring(content)
    except (UnicodeDecodeError, ET.ParseError) as error:
        return [f"it is no XML in UTF-8: {error}"]
    problems = []
    if not text.startswith("<?xml "):
        problems.append("the XML declaration is missing")
    if "<!DOCTYPE" in text:
        problems.append("Bazel's and IntelliJ's parsers forbid a DOCTYPE")
    if _FORBIDDEN.search(text):
        problems.append("there is a character that XML 1.0 forbids")
    if re.search(r"<skipped[^>]*/>", text):
        problems.append("a self-closing <skipped/> breaks JetBrains' new plug-in")
    if root.tag != "testsuites" or not len(root):
        problems.append("the root is not <testsuites> with a <testsuite>")
    for suite in root:
        problems += _problems_of_suite(suite)
    return problems


def cases_of(content: bytes) -> dict[str, ET.Element]:
    """The cases by name."""
    return {case.get("name", ""): case for case in ET.fromstring(content).iter("testcase")}


def properties_of(content: bytes) -> dict[str, str]:
    """The properties of the suite."""
    return {item.get("name", ""): item.get("value", "") for item in ET.fromstring(content).iter("property")}


def outcome_of(case: ET.Element) -> str:
    """ "passed", or the tag of the outcome child."""
    return next((child.tag for child in case if child.tag in _OUTCOMES), "passed")


def _problems_of_suite(suite: ET.Element) -> list[str]:
    needed = ("name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time", "id")
    problems = [f"<testsuite> has no {name} (JetBrains)" for name in needed if suite.get(name) is None]
    if not _TIMESTAMP.fullmatch(suite.get("timestamp", "")):
        problems.append("the timestamp is not ISO 8601 without a zone")
    if not suite.get("id", "").isdigit():
        problems.append("the id is no number (JetBrains)")
    cases = suite.findall("testcase")
    counted = {"tests": len(cases)}
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counted[attribute] = sum(1 for case in cases if case.find(tag) is not None)
    problems += [
        f"{name} says {suite.get(name)}, but there are {count}"
        for name, count in counted.items()
        if suite.get(name) != str(count)
    ]
    for element in (suite, *cases):
        if not _TIME.fullmatch(element.get("time", "")):
            problems.append(f"time={element.get('time')!r}: without a dot it is milliseconds for Bazel")
    for case in cases:
        problems += _problems_of_case(case)
    return problems


def _problems_of_case(case: ET.Element) -> list[str]:
    name = case.get("name", "")
    problems = []
    if not name:
        problems.append("a case has no name (IntelliJ shows <no name>)")
    if not re.fullmatch(r"[\w.-]+", case.get("classname", "")):
        problems.append(f"{name}: classname {case.get('classname')!r} is no dotted path (vscode-bazel-bsp)")
    unknown = {child.tag for child in case} - {*_OUTCOMES, "system-out", "system-err"}
    problems += [f"{name}: <{tag}> is not known to JetBrains' plug-in" for tag in sorted(unknown)]
    outcomes = [child for child in case if child.tag in _OUTCOMES]
    if len(outcomes) > 1:
        problems.append(f"{name}: more than one outcome child (JetBrains has one field)")
    problems += [f"{name}: <{child.tag}> has no message" for child in outcomes if not child.get("message")]
    if (case.get("file") is None) != (case.get("line") is None):
        problems.append(f"{name}: file and line belong together")
    if case.get("line") is not None and not case.get("line", "").isdigit():
        problems.append(f"{name}: line {case.get('line')!r} is no zero-based number")
    return problems
