"""Lines of Python that ran in the test process, measured by coverage.py and told as LCOV."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .coverage_request import CoverageRequest, read_coverage_request
from .source_manifest import places_of, read_source_manifest
from .tracefile import Tracefile

if TYPE_CHECKING:
    from coverage import Coverage


class PythonLines:
    """Measures from its creation; `write` ends it. Whatever goes wrong is a warning, never the test's end."""

    def __init__(self, request: CoverageRequest, files: Mapping[str, str]) -> None:
        """`files` has the real path of each source by the name that Bazel reports it under."""
        import coverage

        self._request = request
        self._files = files
        # Nothing of it is configured by files or variables of the machine; nothing is written beside the sources.
        self._coverage: Coverage = coverage.Coverage(
            data_file=None, config_file=False, include=list(files.values()), messages=False
        )
        self._coverage.start()

    def write(self) -> None:
        """Ends the measurement and writes the file; a source that was never imported has lines that never ran."""
        try:
            self._coverage.stop()
            tracefile = Tracefile()
            for name, path in self._files.items():
                self._add(tracefile, name, path)
            os.makedirs(self._request.directory, exist_ok=True)
            with open(self._request.python_path, "w", encoding="utf-8") as file:
                file.write(tracefile.text())
        except Exception as error:
            _warn(f"the lines of Python cannot be written: {type(error).__name__}: {error}")

    def _add(self, tracefile: Tracefile, name: str, path: str) -> None:
        from coverage.exceptions import CoverageException

        try:
            _, statements, _, missing, _ = self._coverage.analysis2(path)
        except CoverageException as error:  # for example no Python at all
            _warn(f"{name} is left out: {error}")
            return
        source = tracefile.source(name)
        for number in statements:
            source.add_line(number, int(number not in missing))


def measure_python(environ: Mapping[str, str]) -> PythonLines | None:
    """Begins to measure what Bazel's manifest names; None where nobody asks for it, or nothing can be measured."""
    request = read_coverage_request(environ)
    if request is None:
        return None
    try:
        files = _python_files(request, environ)
        return PythonLines(request, files) if files else None
    except Exception as error:
        _warn(f"no lines of Python are measured: {type(error).__name__}: {error}")
        return None


def _python_files(request: CoverageRequest, environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for path in read_source_manifest(request.manifest).python:
        places = places_of(
            path,
            runfiles_root=environ.get("ARMADILLO_RUNFILES", ""),
            workspace=environ.get("ARMADILLO_WORKSPACE", ""),
            execution_root=request.execution_root,
        )
        place = next(filter(os.path.isfile, places), None)
        if place is not None:  # else a source of a tool, which no test can import
            found[path] = os.path.realpath(place)
    return found


def _warn(text: str) -> None:
    print(f"armadillo: coverage: {text}", file=sys.stderr, flush=True)
