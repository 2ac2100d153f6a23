"""Lines of Python, measured in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from armadillo.lcov.tracefile import read_tracefile

LIBRARY = '"""A library."""\n\n\ndef used():\n    return 1\n\n\ndef unused():\n    return 2\n'
STORY = """
import os, sys
from armadillo.lcov.python_lines import measure_python
lines = measure_python(os.environ)
assert "pkg.lib" not in sys.modules
sys.path.insert(0, os.path.join(os.environ["ARMADILLO_RUNFILES"], "_main"))
import pkg.lib, pkg.not_wanted
pkg.lib.used()
if lines is not None:
    lines.write()
"""


def measured(root: Path, manifest: str) -> tuple[dict[str, dict[int, int]], str]:
    """Lines by source, and what the process said; runfiles are links to the sources, as in a sandbox."""
    sources, package = root / "sources", root / "rf" / "_main" / "pkg"
    sources.mkdir()
    package.mkdir(parents=True)
    for name, text in {"lib": LIBRARY, "not_wanted": LIBRARY, "never_imported": LIBRARY, "broken": "def (:\n"}.items():
        (sources / f"{name}.py").write_text(text)
        (package / f"{name}.py").symlink_to(sources / f"{name}.py")
    (root / "manifest").write_text(manifest)
    environment = {
        "PYTHONPATH": ":".join(path for path in sys.path if path),
        "COVERAGE_DIR": str(root / "coverage"),
        "COVERAGE_MANIFEST": str(root / "manifest"),
        "ARMADILLO_RUNFILES": str(root / "rf"),
        "ARMADILLO_WORKSPACE": "_main",
    }
    words = [sys.executable, "-s", "-S", "-P", "-c", STORY]
    done = subprocess.run(words, env=environment, cwd=root, capture_output=True, text=True, timeout=60, check=True)
    written = root / "coverage" / "armadillo_python.dat"
    tracefile, broken = read_tracefile(written.read_text().splitlines() if written.exists() else [])
    assert broken == 0
    return {name: source.lines for name, source in tracefile.sources.items()}, done.stderr


def test_lines_of_the_manifest_are_measured_and_no_others(tmp_path: Path) -> None:
    """By the names that Bazel reports; what nobody imported never ran; Python that is none is left out and told."""
    manifest = "pkg/lib.py\nbazel-out/k8/bin/pkg/never_imported.py\npkg/x.cpp\npkg/tool_only.py\npkg/broken.py\n"
    lines, said = measured(tmp_path, manifest)
    assert lines == {
        "pkg/lib.py": {4: 1, 5: 1, 8: 1, 9: 0},
        "bazel-out/k8/bin/pkg/never_imported.py": {4: 0, 5: 0, 8: 0, 9: 0},
    }
    assert "pkg/broken.py is left out" in said
    assert not list(tmp_path.rglob(".coverage*"))


def test_what_cannot_be_written_is_told_and_ends_nothing(tmp_path: Path) -> None:
    """A file in the place of the folder."""
    (tmp_path / "coverage").write_text("")
    lines, said = measured(tmp_path, "pkg/lib.py\n")
    assert lines == {}
    assert "the lines of Python cannot be written" in said


def test_without_python_nothing_is_measured(tmp_path: Path) -> None:
    """Nor written."""
    assert measured(tmp_path, "pkg/x.cpp\n") == ({}, "")
    assert not (tmp_path / "coverage").exists()
