"""docs/reference is made from what the rules, the plug-in for pytest and armadilloctl say of themselves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from reference_pages.__main__ import pages
from reference_pages.docstring import docstring_of
from reference_pages.starlark_file import Attribute, Provider, Rule, StarlarkFiles

ROOT = Path(os.environ.get("TEST_SRCDIR", Path(__file__).parents[3]), os.environ.get("TEST_WORKSPACE", ""))
COMMAND = "tools/bazel run //tools/quality:reference"

_RULE = """
load("@other//:defs.bzl", "OtherInfo")
load(":parts.bzl", "PARTS", _help = "help")

def _impl(ctx):
    return [OtherInfo()]

MineInfo = provider(doc = "Mine.", fields = {"word": "A word."})

mine = rule(
    implementation = _impl,
    attrs = dict(PARTS, own = attr.label(mandatory = True, doc = "Own.")),
    doc = "A rule.",
)

def helped(name):
    _help(name)
"""
_PARTS = """
PARTS = {"part": attr.int(default = 3, doc = "A part.")}

def help(name):
    \"\"\"Helps.

        help("me")

    Args:
      name: whom
        it helps.

    Returns:
      (string) thanks.
    \"\"\"
"""


@pytest.mark.parametrize("path", sorted(pages(ROOT)))
def test_the_pages_are_what_the_code_says(path: str) -> None:
    """A docstring that changes changes its page, in the same commit."""
    assert (ROOT / path).read_text(encoding="utf-8") == pages(ROOT)[path], f"run: {COMMAND}"


def test_no_page_is_left_of_what_is_gone() -> None:
    """docs/reference holds nothing that is written by hand."""
    assert sorted(f"docs/reference/{file.name}" for file in (ROOT / "docs/reference").iterdir()) == sorted(pages(ROOT))


@pytest.mark.parametrize("path", sorted(pages(ROOT)))
def test_everything_is_described(path: str) -> None:
    """No cell is empty: all that is public has a docstring."""
    rows = [line for line in pages(ROOT)[path].splitlines() if line.startswith("|")]
    assert len(rows) > 10
    assert [row for row in rows if "|  |" in row] == []


def test_starlark_is_read_with_what_it_loads(tmp_path: Path) -> None:
    """Rules, providers, shared attributes and docstrings, over files; names of other repositories are passed over."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/mine.bzl").write_text(_RULE)
    (tmp_path / "rules/parts.bzl").write_text(_PARTS)
    files = StarlarkFiles(tmp_path)

    public = files.public("rules/mine.bzl")
    rule, provider = public["mine"], public["MineInfo"]
    assert isinstance(rule, Rule)
    assert isinstance(provider, Provider)
    assert (rule.doc, sorted(rule.attributes)) == ("A rule.", ["own", "part"])
    assert rule.attributes["part"] is files.globals_of("rules/parts.bzl")["PARTS"]["part"]
    assert isinstance(rule.attributes["own"], Attribute)
    assert rule.attributes["own"].mandatory
    assert (provider.doc, provider.fields) == ("Mine.", {"word": "A word."})
    assert "_impl" not in public


def test_docstrings_are_taken_apart(tmp_path: Path) -> None:
    """Text with its example, arguments over several lines, and what is returned."""
    (tmp_path / "parts.bzl").write_text(_PARTS)
    doc = docstring_of(StarlarkFiles(tmp_path).public("parts.bzl")["help"])

    assert doc.text == 'Helps.\n\n    help("me")'
    assert doc.arguments == {"name": "whom it helps."}
    assert doc.returns == "(string) thanks."
