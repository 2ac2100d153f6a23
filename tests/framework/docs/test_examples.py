"""The examples in README.md and docs/ are taken from real files: they are what those files say."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

_EXAMPLE = re.compile(r"<!-- from: (?P<path>\S+) -->\n```\w+\n(?P<code>.*?)```", re.DOTALL)
_CODE = re.compile(r"^```(?:python|starlark|nginx|cpp|javascript|bash)$", re.MULTILINE)

ROOT = Path(os.environ.get("TEST_SRCDIR", Path(__file__).parents[3]), os.environ.get("TEST_WORKSPACE", ""))
PAGES = ("README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")))


@pytest.mark.parametrize("page", PAGES)
def test_examples_are_what_the_files_say(page: str) -> None:
    """Each example is a part of the file that it names."""
    text = (ROOT / page).read_text()
    examples = list(_EXAMPLE.finditer(text))

    assert len(examples) == len(_CODE.findall(text)), "every block of code names the file it is from"
    for example in examples:
        assert example["code"] in (ROOT / example["path"]).read_text(), (
            f"{example['path']} has changed: {example['code']}"
        )
