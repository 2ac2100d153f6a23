"""LCOV read, added up and written."""

from __future__ import annotations

from armadillo.lcov.tracefile import Tracefile, read_tracefile

TEXT = """\
SF:a.cpp
FN:1,main
FNDA:2,main
FNF:1
FNH:1
BRDA:3,0,0,2
BRDA:3,0,1,-
BRF:2
BRH:1
DA:1,2
DA:3,0
LH:1
LF:2
end_of_record
"""


def read(text: str) -> Tracefile:
    """A tracefile without a broken line."""
    tracefile, broken = read_tracefile(text.splitlines())
    assert broken == 0
    return tracefile


def test_what_is_read_is_written_again() -> None:
    """The text is a function of the content, whatever the order of the sources was."""
    other = TEXT.replace("a.cpp", "0.cpp")
    assert read(TEXT).text() == TEXT
    assert read(f"TN:\n{TEXT}TN:\n{other}").text() == other + TEXT


def test_runs_add_up() -> None:
    """Counts of lines, functions and branches are sums; a branch that one run never reached is what the other says."""
    whole = read(TEXT)
    whole.add(read(TEXT.replace("\nDA:3,0", "\nDA:3,5").replace("BRDA:3,0,1,-", "BRDA:3,0,1,0")))
    source = whole.sources["a.cpp"]
    assert source.lines == {1: 4, 3: 5}
    assert source.calls == {"main": 4}
    assert source.branches == {(3, "0", "0"): 4, (3, "0", "1"): 0}
    assert {"FNH:1", "LH:2", "LF:2", "BRH:1"} <= set(whole.text().splitlines())


def test_newer_and_richer_forms_are_understood() -> None:
    """A last line of a function, a name with commas, a checksum, a branch with a text."""
    source = read(
        "SF:a\nFN:3,9,f\nFN:10,g(int, int)\nFNDA:1,g(int, int)\nDA:3,1,abc==\nBRDA:3,0,to, exit,1\nend_of_record\n"
    ).sources["a"]
    assert source.functions == {"f": 3, "g(int, int)": 10}
    assert source.calls == {"g(int, int)": 1}
    assert (source.lines, source.branches) == ({3: 1}, {(3, "0", "to, exit"): 1})


def test_broken_lines_are_counted_and_left_out() -> None:
    """A file that somebody cut off costs its last line alone."""
    tracefile, broken = read_tracefile(["SF:a", "DA:1,1", "DA:2,x", "end_of_record", "what is this", "SF:b", "DA:1"])
    assert broken == 2
    assert tracefile.sources["a"].lines == {1: 1}
    assert tracefile.sources["b"].lines == {1: 0}
