"""After the servers' end: what they and the test program counted becomes LCOV, or is kept as it is.

None of it decides about the verdict: what cannot be had is told by a note.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from ..process.deadline import Deadline
from . import gcov_data, llvm_data
from .coverage_request import SERVER_FOLDER, CoverageRequest
from .source_manifest import SourceManifest, places_of, read_source_manifest
from .tool import ToolError
from .tracefile import Tracefile

OUTPUTS_FOLDER = "coverage"
"""Below the outputs: profiles that could not be converted."""
_NOT_SEARCHED = ("site-packages",)


@dataclass
class Collection:
    """One run's conversion; `collect` answers what people should know of it."""

    request: CoverageRequest
    environ: Mapping[str, str]
    runfiles_root: str
    workspace: str
    outputs_directory: str
    expects_python: bool
    """Whether the test process is pytest, which measures Python."""
    notes: list[str] = field(default_factory=list)

    def collect(self, timeout_s: float) -> list[str]:
        """Converts all that is in the coverage directory within the time; never raises. Blocks: call it in a thread."""
        try:
            self._collect(Deadline(timeout_s))
        except Exception as error:
            self.notes.append(f"coverage: {type(error).__name__}: {error}")
        return self.notes

    def _collect(self, deadline: Deadline) -> None:
        manifest = read_source_manifest(self.request.manifest)
        if self.expects_python and manifest.python and not os.path.exists(self.request.python_path):
            self.notes.append("coverage: the test process told no lines of Python; its words are in test.log")
        tracefile = Tracefile()
        with tempfile.TemporaryDirectory(prefix="coverage-") as scratch:
            self._take_gcov(tracefile, manifest, deadline, scratch)
            self._take_llvm(tracefile, manifest, deadline, scratch)
        shutil.rmtree(self.request.server_directory, ignore_errors=True)
        if tracefile.sources:
            os.makedirs(self.request.server_directory, exist_ok=True)
            with open(os.path.join(self.request.server_directory, "lines.dat"), "w", encoding="utf-8") as file:
                file.write(tracefile.text())

    def _take_gcov(self, tracefile: Tracefile, manifest: SourceManifest, deadline: Deadline, scratch: str) -> None:
        counters = self._take(gcov_data.COUNTERS, scratch)
        if not counters:
            return
        known = cache(lambda: [*self._places(manifest.notes), *self._runfiles(gcov_data.NOTES)])
        without = []
        of_servers = os.path.join(scratch, SERVER_FOLDER)
        for is_of_servers, root in ((True, of_servers), (False, scratch)):
            # What a test program wrote lies beside the servers' folder, by the prefix that Bazel gave it.
            own = [path for path in counters if path.startswith(of_servers + os.sep) == is_of_servers]
            without += gcov_data.link_notes(own, root, known)
        usable = [path for path in counters if path not in without]
        if without:
            self._keep(without, scratch, f"no .gcno file was found for {len(without)} of {len(counters)} .gcda files")
        if not usable:
            return
        gcov = self._tool("COVERAGE_GCOV_PATH", "gcov")
        try:
            named = manifest.reported_name
            found = gcov_data.convert(usable, gcov=gcov, named=named, deadline=deadline, directory=scratch)
        except ToolError as error:
            notes = [path.removesuffix(gcov_data.COUNTERS) + gcov_data.NOTES for path in usable]
            self._keep([*usable, *notes], scratch, str(error))
        else:
            tracefile.add(found)

    def _take_llvm(self, tracefile: Tracefile, manifest: SourceManifest, deadline: Deadline, scratch: str) -> None:
        profiles = self._take(llvm_data.PROFILE, scratch)
        if not profiles:
            return
        try:
            found, problems = llvm_data.convert(
                profiles,
                llvm_data.instrumented_objects(self._runfiles()),
                profdata=self._tool("LLVM_PROFDATA", "llvm-profdata"),
                cov=self._tool("LLVM_COV", "llvm-cov"),
                named=manifest.reported_name,
                deadline=deadline,
                directory=scratch,
            )
        except ToolError as error:
            self._keep(profiles, scratch, str(error))
        else:
            tracefile.add(found)
            self.notes += [f"coverage: {problem}" for problem in problems]

    def _take(self, ending: str, scratch: str) -> list[str]:
        """Moves the files with this ending out of the coverage directory: Bazel may take all that is left there."""
        taken = []
        for path in sorted(path for path in _files_below(self.request.directory) if path.endswith(ending)):
            taken.append(os.path.join(scratch, os.path.relpath(path, self.request.directory)))
            os.makedirs(os.path.dirname(taken[-1]), exist_ok=True)
            shutil.move(path, taken[-1])
        return taken

    def _runfiles(self, ending: str = "") -> list[str]:
        return sorted(path for path in _files_below(self.runfiles_root) if path.endswith(ending))

    def _places(self, paths: Sequence[str]) -> list[str]:
        roots = {
            "runfiles_root": self.runfiles_root,
            "workspace": self.workspace,
            "execution_root": self.request.execution_root,
        }
        return [place for path in paths for place in places_of(path, **roots) if os.path.isfile(place)]

    def _tool(self, variable: str, name: str) -> str:
        """What Bazel's toolchain or the user names, relative to the execution root; else the one on PATH."""
        named = self.environ.get(variable, "")
        return os.path.join(self.request.execution_root, named) if named else shutil.which(name) or name

    def _keep(self, paths: Sequence[str], root: str, reason: str) -> None:
        """Puts what could not be converted among the outputs, by its path below `root`."""
        kept = os.path.join(self.outputs_directory, OUTPUTS_FOLDER)
        for path in paths:
            target = os.path.join(kept, os.path.relpath(path, root))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(path, target)
        self.notes.append(f"coverage: {reason}; what was counted is in the outputs, folder {OUTPUTS_FOLDER}/")


def _files_below(root: str) -> Iterator[str]:
    """All files, also in folders that are links: a source directory is one."""
    for directory, folders, names in os.walk(root, followlinks=True):
        folders[:] = [folder for folder in folders if folder not in _NOT_SEARCHED]
        yield from (os.path.join(directory, name) for name in names)
