"""From what programs counted to LCOV, with the compilers of this machine."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from armadillo.lcov.collection import Collection
from armadillo.lcov.coverage_request import CoverageRequest
from armadillo.lcov.llvm_data import instrumented_objects
from armadillo.lcov.tracefile import read_tracefile

from tests.framework.runner.lcov.counting import HIT, clang, compiled, gcc, run

NEEDS_GCC = pytest.mark.skipif(not gcc(), reason="there is no g++ with gcov here")
NEEDS_CLANG = pytest.mark.skipif(not clang(), reason="there is no clang++ with llvm-profdata and llvm-cov here")
TIMEOUT_S = 60.0


@dataclass
class CoverageRun:
    """The folders of one run of `bazel coverage`."""

    root: Path

    def __post_init__(self) -> None:
        self.manifest = self.root / "manifest"
        self.manifest.write_text("pkg/x.cpp\n")
        self.runfiles, self.outputs = self.root / "rf", self.root / "outputs"
        for folder in (self.runfiles / "_main", self.outputs, self.root / "coverage"):
            folder.mkdir(parents=True)
        self.request = CoverageRequest(str(self.root / "coverage"), str(self.manifest), str(self.root / "root"), False)

    def run(self, program: Path) -> None:
        """Runs a program as a server is run."""
        run(program, **self.request.server_environment("single-1", 1))

    def collect(self, *, expects_python: bool = False, timeout_s: float = TIMEOUT_S, **environment: str) -> list[str]:
        """Converts; answers the notes."""
        collection = Collection(
            self.request, environment, str(self.runfiles), "_main", str(self.outputs), expects_python
        )
        notes = collection.collect(timeout_s)
        left = [path for path in Path(self.request.directory).rglob("*") if not path.is_dir()]
        assert [path.name for path in left if path.is_symlink() or path.suffix != ".dat"] == []
        return notes

    @property
    def lines(self) -> dict[int, bool]:
        """What the file of the servers says of the one source, which has its name in the workspace."""
        text = Path(self.request.server_directory, "lines.dat").read_text()
        tracefile, broken = read_tracefile(text.splitlines())
        assert (broken, list(tracefile.sources)) == (0, ["pkg/x.cpp"])
        return {number: count > 0 for number, count in tracefile.sources["pkg/x.cpp"].lines.items()}

    @property
    def kept(self) -> list[str]:
        """Names of the files in the outputs."""
        return sorted(path.name for path in self.outputs.rglob("*") if path.is_file())


@pytest.fixture
def coverage(tmp_path: Path) -> CoverageRun:
    """Folders of a run."""
    return CoverageRun(tmp_path)


def built_elsewhere(coverage: CoverageRun) -> Path:
    """A program whose notes are in the runfiles: the folder in which it was compiled is gone."""
    program = compiled(coverage.root / "sandbox" / "execroot" / "_main", gcc(), "--coverage", "-O0")
    moved = coverage.runfiles / "_main" / "pkg"
    moved.mkdir()
    for name in ("x", "x.gcno"):
        shutil.copy(program.with_name(name), moved / name)
    shutil.rmtree(coverage.root / "sandbox")
    return moved / "x"


@NEEDS_GCC
def test_gcov_finds_the_notes_where_the_program_was_built(coverage: CoverageRun) -> None:
    """A build directory on this machine; two processes add up in one file."""
    program = compiled(coverage.root / "build", gcc(), "--coverage", "-O0")
    coverage.run(program)
    coverage.run(program)
    assert coverage.collect() == []
    assert coverage.lines == HIT
    assert coverage.kept == []


@NEEDS_GCC
def test_gcov_finds_the_notes_in_the_runfiles(coverage: CoverageRun) -> None:
    """Of a server that Bazel built in a sandbox; a file of the same name in another folder is not taken for it."""
    other = coverage.runfiles / "_main" / "other"
    other.mkdir()
    (other / "x.gcno").write_bytes(b"not these")
    program = built_elsewhere(coverage)
    (program.parent / "out").mkdir()
    shutil.move(program.with_name("x.gcno"), program.parent / "out" / "x.gcno")
    coverage.run(program)
    assert coverage.collect() == []
    assert coverage.lines == HIT


@NEEDS_GCC
def test_a_program_that_bazel_told_where_to_write_counts_too(coverage: CoverageRun) -> None:
    """The prefix is that of Bazel's script, which strips parts of the path; servers told nothing."""
    program = built_elsewhere(coverage)
    run(program, GCOV_PREFIX=coverage.request.directory, GCOV_PREFIX_STRIP="3")
    assert coverage.collect() == []
    assert coverage.lines == HIT


@NEEDS_GCC
def test_without_notes_the_counters_are_kept(coverage: CoverageRun) -> None:
    """And the note says so."""
    program = built_elsewhere(coverage)
    program.with_name("x.gcno").unlink()
    coverage.run(program)
    (note,) = coverage.collect()
    assert "no .gcno file was found for 1 of 1 .gcda files" in note
    assert "folder coverage/" in note
    assert coverage.kept == ["x.gcda"]


@NEEDS_GCC
@pytest.mark.parametrize(
    ("gcov", "reason"),
    [("/nowhere/gcov", "cannot be executed: No such file"), ("/bin/false", "told no lines: exit code 1")],
)
def test_where_gcov_fails_its_files_are_kept(coverage: CoverageRun, gcov: str, reason: str) -> None:
    """The named one is taken, and not another one that might do; counters and notes are kept side by side."""
    coverage.run(compiled(coverage.root / "build", gcc(), "--coverage", "-O0"))
    (note,) = coverage.collect(COVERAGE_GCOV_PATH=gcov)
    assert f"{gcov} {reason}" in note
    assert coverage.kept == ["x.gcda", "x.gcno"]


@NEEDS_GCC
def test_no_time_is_taken_that_is_not_there(coverage: CoverageRun) -> None:
    """At the deadline what was counted is kept as it is."""
    coverage.run(compiled(coverage.root / "build", gcc(), "--coverage", "-O0"))
    (note,) = coverage.collect(timeout_s=0.0)
    assert "was not ready within 0 s" in note
    assert coverage.kept == ["x.gcda", "x.gcno"]


@NEEDS_CLANG
def test_llvm_finds_the_programs_in_the_runfiles(coverage: CoverageRun) -> None:
    """A child of a server is not named anywhere: what has a coverage mapping is looked at."""
    folder = coverage.root / "sandbox" / "execroot" / "_main"
    program = compiled(folder, clang(), "-fprofile-instr-generate", "-fcoverage-mapping", "-O0")
    child = coverage.runfiles / "_main" / "child"
    shutil.copy(program, child)
    shutil.rmtree(coverage.root / "sandbox")
    coverage.run(child)
    assert coverage.collect() == []
    assert {number: hit for number, hit in coverage.lines.items() if number in HIT} == HIT


def test_only_linked_programs_with_a_mapping_are_looked_at(tmp_path: Path) -> None:
    """Object files would tell all twice; a second path of the same file is none of its own."""

    def file(name: str, kind: int, section: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(b"\x7fELF" + bytes(12) + kind.to_bytes(2, sys.byteorder) + bytes(100) + section)
        return str(path)

    mapped = b"__llvm_covmap\0.data"
    program, library = file("program", 2, mapped), file("library.so", 3, mapped)
    (tmp_path / "link").symlink_to(program)
    (tmp_path / "empty").touch()
    others = [file("x.o", 1, mapped), file("plain", 2, b".data"), *(str(tmp_path / name) for name in ("empty", "gone"))]
    assert instrumented_objects([program, str(tmp_path / "link"), *others, library]) == [program, library]


@pytest.mark.parametrize("name", ["p.profraw", "deep/p.profraw"])
def test_profiles_of_unknown_programs_are_kept(coverage: CoverageRun, name: str) -> None:
    """The note says what is missing."""
    profile = coverage.root / "coverage" / name
    profile.parent.mkdir(exist_ok=True)
    profile.write_bytes(b"x")
    (note,) = coverage.collect()
    assert "no executable among the test's files has a coverage mapping" in note
    assert coverage.kept == ["p.profraw"]


def test_an_ordinary_server_needs_no_note(coverage: CoverageRun) -> None:
    """Nothing was counted, nothing is written."""
    assert coverage.collect() == []
    assert not Path(coverage.request.server_directory).exists()


def test_missing_lines_of_python_are_noted(coverage: CoverageRun) -> None:
    """A test process that was killed, say, or that ended itself without a word."""
    coverage.manifest.write_text("pkg/lib.py\n")
    assert coverage.collect() == []
    (note,) = coverage.collect(expects_python=True)
    assert "told no lines of Python" in note


def test_a_manifest_that_cannot_be_read_is_a_note(coverage: CoverageRun) -> None:
    """Nothing of all this ends a run."""
    coverage.manifest.unlink()
    (note,) = coverage.collect()
    assert "FileNotFoundError" in note
