"""The last files of a run, after those that are vital: the page, the timeline, the cuts and the final index."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import TypeVar

from ..results.artifact_caps import Cut, apply_cuts, plan_cuts
from ..results.atomic_file import write_atomically
from ..results.event_log import read_events
from ..results.outputs_index import write_index
from ..results.run_record import RunRecord, fold
from .evidence import Evidence, gather
from .page import render_page
from .timeline import timeline_text

PAGE_NAME = "report.html"
TIMELINE_NAME = "timeline.txt"
EVENT_LOG_NAME = "events.binpb"
_T = TypeVar("_T")


def write_report_of_log(outputs_directory: str) -> list[str]:
    """The same from a stored event log: for a run that could not begin, and for making a report again. Never raises."""
    try:
        record = fold(read_events(os.path.join(outputs_directory, EVENT_LOG_NAME)))
    except OSError as error:
        return [f"reading {EVENT_LOG_NAME} failed: {error.strerror or error}"]
    return write_run_report(record, outputs_directory)


def write_run_report(record: RunRecord, outputs_directory: str) -> list[str]:
    """Writes `report.html` and `timeline.txt`, cuts what is too large, and writes index.json anew.

    Never raises: neither a full disk nor a mistake in the report may cost the verdict. Answers what did not succeed.
    The pieces that the page shows are read before anything is cut.
    """
    problems: list[str] = []

    def attempt(what: str, action: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return action()
        except OSError as error:
            problems.append(f"{what} failed: {error.strerror or error} ({error.filename or outputs_directory})")
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{os.path.basename(place.filename)}:{place.lineno}"
            problems.append(f"{what} failed: {type(error).__name__}: {error} ({where})")
        return otherwise

    def write(name: str, content: str | bytes) -> None:
        write_atomically(os.path.join(outputs_directory, name), content)

    no_cuts: list[Cut] = []
    cuts = attempt("looking for files that are too large", lambda: plan_cuts(outputs_directory), no_cuts)
    evidence = attempt("reading the evidence", lambda: gather(record, outputs_directory, cuts), Evidence())
    attempt("writing report.html", lambda: write(PAGE_NAME, render_page(record, evidence)), None)
    attempt("writing timeline.txt", lambda: write(TIMELINE_NAME, timeline_text(record, evidence)), None)
    attempt("cutting files that are too large", lambda: apply_cuts(outputs_directory, cuts), None)
    attempt("writing index.json", lambda: write_index(record, outputs_directory, cuts), None)
    return problems
