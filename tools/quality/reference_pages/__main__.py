"""`tools/bazel run //tools/quality:reference` writes docs/reference anew."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from armadillo.armadilloctl.command_line import make_parser

from .armadilloctl_page import armadilloctl_page
from .pytest_page import pytest_page
from .rules_page import rules_page


def pages(root: Path) -> dict[str, str]:
    """All pages by their paths; `root` is the workspace, or a copy of its rules and its runner."""
    return {
        "docs/reference/armadilloctl.md": armadilloctl_page(make_parser()),
        "docs/reference/pytest.md": pytest_page(root),
        "docs/reference/rules.md": rules_page(root),
    }


def main() -> int:
    """Writes the pages into the workspace."""
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    for path, text in pages(root).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
