"""The test.xml files of other frameworks, as their programs write them, and files that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from armadillo.model.outcome import Outcome
from armadillo.results.program_xml import ProgramXml, read_program_xml

GOOGLETEST = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" disabled="1" errors="0" time="0.5" name="AllTests">
  <testsuite name="Geo" tests="4" failures="1" disabled="1" skipped="1" errors="0" time="0.5">
    <testcase name="Finds" file="/r/main/geo_test.cpp" line="12" status="run" time="0.001" classname="Geo"/>
    <testcase name="Sorts" file="geo_test.cpp" line="17" status="run" result="completed" time="0.25" classname="Geo">
      <failure message="geo_test.cpp:18&#x0A;Expected: 3" type=""><![CDATA[geo_test.cpp:18
Expected: 3]]></failure>
      <failure message="geo_test.cpp:19" type=""><![CDATA[geo_test.cpp:19]]></failure>
    </testcase>
    <testcase name="DISABLED_Later" status="notrun" result="suppressed" time="0." classname="Geo"/>
    <testcase name="NeedsV8" status="run" result="skipped" time="0" classname="Geo">
      <skipped message="geo_test.cpp:30&#x0A;no V8"><![CDATA[no V8]]></skipped>
    </testcase>
  </testsuite>
</testsuites>
"""

NODE = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites>
  <testcase name="connects" time="0.008241" classname="test" file="people.test.cjs"/>
  <testsuite name="people" time="0.5" tests="1">
    <testcase name="throws" time="0.1" classname="test">
      <error type="testCodeFailure" message="boom">stack</error><system-out>printed</system-out>
    </testcase>
  </testsuite>
  <!-- tests 2 -->
</testsuites>
"""


def read(tmp_path: Path, text: str | bytes, root: str = "") -> ProgramXml:
    """What is read from a file with this content."""
    path = tmp_path / "test.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_program_xml(str(path), "suite/geo", root)


def test_cases_of_googletest(tmp_path: Path) -> None:
    """Outcomes by child and by attribute, first lines as messages, all failures in the text."""
    told = read(tmp_path, GOOGLETEST, "/r/main")
    outcomes = {one.case.name: Outcome(one.finished.outcome) for one in told.cases}
    assert outcomes == {
        "Finds": Outcome.PASSED,
        "Sorts": Outcome.FAILED,
        "DISABLED_Later": Outcome.SKIPPED,
        "NeedsV8": Outcome.SKIPPED,
    }
    finds, sorts, _, needs = told.cases
    assert (finds.case.node_id, finds.case.file, finds.case.line) == ("suite/geo::Geo.Finds", "geo_test.cpp", 12)
    assert (finds.case.class_name, finds.finished.message) == ("Geo", "")
    assert (sorts.finished.message, sorts.finished.duration_s) == ("geo_test.cpp:18", 0.25)
    assert sorts.finished.text == "geo_test.cpp:18\nExpected: 3\ngeo_test.cpp:19"
    assert needs.finished.message == "geo_test.cpp:30"


def test_cases_of_node(tmp_path: Path) -> None:
    """Cases outside of suites count; what a case printed is its output; a case without a file has the program's."""
    connects, throws = read(tmp_path, NODE).cases
    assert (connects.case.file, throws.case.file) == ("people.test.cjs", "suite/geo")
    assert (Outcome(throws.finished.outcome), throws.finished.message) == (Outcome.ERROR, "boom")
    assert throws.finished.captured_output == "printed"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("<testsuites><testcase name=", "it is no XML: unclosed token"),
        (b"<?xml version='1.0' encoding='no-such-code'?><a/>", "it is no XML: unknown encoding"),
        (b"<testsuite name='\xff'/>", "it is no XML"),
        ("<testsuites/>", "there is no <testcase> in it"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str | bytes, problem: str) -> None:
    """No case and one line of reason; never an exception."""
    told = read(tmp_path, text)
    assert (told.cases, told.problem[: len(problem)]) == ([], problem)


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    """Most programs write none."""
    assert read_program_xml(str(tmp_path / "none.xml"), "suite/geo") == ProgramXml()


def test_odd_cases_are_taken_as_they_come(tmp_path: Path) -> None:
    """Equal names stay apart, missing names and times are made up for, results without words have some."""
    two = "<testcase name='a' time='1,5'/><testcase name='a' time='x'/>"
    text = f"<testsuite name='S'>{two}<testcase time='nan'><failure/></testcase></testsuite>"
    cases = read(tmp_path, text).cases
    assert [one.case.node_id for one in cases] == ["suite/geo::S.a", "suite/geo::S.a #2", "suite/geo::S.unnamed case 3"]
    assert [one.finished.duration_s for one in cases] == [1.5, 0.0, 0.0]
    assert cases[2].finished.message == "failed; the program's test.xml does not say why"
