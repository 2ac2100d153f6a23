"""The file with the seconds of cases."""

from __future__ import annotations

import pytest
from armadillo.errors import SpecError
from armadillo.model.timings import parse_timings, render_timings


def test_what_is_written_is_read() -> None:
    """One case a line, sorted."""
    text = render_timings({"b.py::test_b": 2.5, "a.py::test_ä": 1})

    assert text == '{\n  "a.py::test_ä": 1,\n  "b.py::test_b": 2.5\n}\n'
    assert parse_timings(text, "t.json") == {"a.py::test_ä": 1.0, "b.py::test_b": 2.5}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "found no JSON"),
        ("[1]", "found a list"),
        ('{"a": "1"}', 'found "1" for a'),
        ('{"a": true}', "found true for a"),
        ('{"a": -1}', "found -1 for a"),
        ('{"a": NaN}', "found NaN for a"),
        ('{"a": null}', "found null for a"),
    ],
)
def test_anything_else_is_refused(text: str, found: str) -> None:
    """The text names the file, what stands in it and what makes a right one."""
    with pytest.raises(SpecError) as refused:
        parse_timings(text, "pkg/t.json")

    assert found in str(refused.value)
    assert "pkg/t.json" in str(refused.value)
    assert "tools/timings:update" in str(refused.value)
