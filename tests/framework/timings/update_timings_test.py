"""The command that learns from test.xml files how long cases take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from update_timings import fits, main, merged

XML = """<testsuites><testsuite name="//pkg:x_test">
<testcase name="test_a[b c]" classname="pkg.x_test.TestX" file="pkg/x_test.py" line="1" time="{time}"></testcase>
<testcase name="test_b" classname="pkg.x_test" file="pkg/x_test.py" line="1" time="0.5"></testcase>
<testcase name="test_red" classname="pkg.x_test" file="pkg/x_test.py" time="300.0"><failure message=""/></testcase>
<testcase name="memory_growth" classname="pkg.x_test.armadillo" time="0.0"></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the results of two shards, three runs of which one has no XML worth the name, and others."""
    for path, text in {
        "pkg/x_test/shard_1_of_2": XML.format(time="2.0"),
        "pkg/x_test/shard_2_of_2": XML.format(time="2.2"),
        "pkg/sub/y_test/run_1_of_3": XML.replace("x_test", "y_test").format(time="1.0"),
        "pkg/sub/y_test/run_2_of_3": XML.replace("x_test", "y_test").format(time="9.0"),
        "pkg/sub/y_test/run_3_of_3": "<testsuites",
        "other/z_test": XML.replace("x_test", "z_test").format(time="1.0"),
    }.items():
        directory = tmp_path / "bazel-testlogs" / path
        directory.mkdir(parents=True)
        (directory / "test.xml").write_text(text, encoding="utf-8")
    (tmp_path / "pkg").mkdir()
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    return tmp_path


def test_it_takes_passed_cases_of_the_folder_and_below(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The middle of several runs, by node id; red cases and findings teach nothing."""
    assert main(["pkg/timings.json"]) == 0

    assert json.loads((workspace / "pkg/timings.json").read_text()) == {
        "pkg/x_test.py::TestX::test_a[b c]": 2.1,
        "pkg/x_test.py::test_b": 0.5,
        "pkg/y_test.py::TestX::test_a[b c]": 5.0,
        "pkg/y_test.py::test_b": 0.5,
    }
    assert "4 new, 0 changed, 0 removed; 4 cases measured, 4 in the file" in capsys.readouterr().out


def test_targets_may_be_named(workspace: Path) -> None:
    """As Bazel names them; what is known of others stays, unless it is pruned."""
    (workspace / "t.json").write_text('{"gone.py::test_a": 1, "pkg/z_test.py::test_b": 0.45}')
    assert main(["t.json", "//other:z_test"]) == 0
    assert json.loads((workspace / "t.json").read_text()) == {
        "gone.py::test_a": 1.0,
        "pkg/z_test.py::TestX::test_a[b c]": 1.0,
        "pkg/z_test.py::test_b": 0.45,
    }
    assert main(["t.json", "//other:all", "--prune"]) == 0
    assert "gone.py::test_a" not in (workspace / "t.json").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pkg/t.json", "//nothing/..."], "no passed case of Armadillo in the test.xml files of //nothing/..."),
        (["pkg/t.json", "--testlogs=nowhere"], "found none at nowhere: run `bazel test` first"),
        (["bad.json", "//..."], "found a list"),
    ],
)
def test_it_says_what_is_missing(
    words: list[str], message: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, and no file is written."""
    (workspace / "bad.json").write_text("[]")

    assert main(words) == 1

    assert message in capsys.readouterr().err
    assert not (workspace / "pkg/t.json").exists()


def test_small_differences_change_nothing() -> None:
    """Each change of the file costs a run of all that read it."""
    assert merged({"a": 2.0, "b": 2.0, "c": 0.01}, {"a": 2.4, "b": 2.6, "c": 0.018}) == {"a": 2.0, "b": 2.6, "c": 0.01}


@pytest.mark.parametrize(
    ("pattern", "target", "is_among"),
    [
        ("//pkg:x_test", "pkg/x_test", True),
        ("//pkg:x_test", "pkg/y_test", False),
        ("//pkg", "pkg/pkg", True),
        ("//pkg:all", "pkg/x_test", True),
        ("//pkg:all", "pkg/sub/x_test", False),
        ("//pkg/...", "pkg/sub/x_test", True),
        ("//pkg/...", "pkgs/x_test", False),
        ("//...", "pkg/x_test", True),
        ("//./...", "pkg/x_test", True),
        ("@//pkg:x_test", "pkg/x_test", True),
        ("//:x_test", "x_test", True),
    ],
)
def test_patterns_are_bazels(pattern: str, target: str, is_among: bool) -> None:
    """One target, a package, or all below it."""
    assert fits(pattern, target) is is_among
