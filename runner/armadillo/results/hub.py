"""Where all events of a run come together: numbered, written to the log, folded, and turned into `test.xml`."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

from armadillo_api.v1 import result_pb2

from .atomic_file import write_atomically
from .event_log import EventLog
from .junit_xml import write_junit_xml
from .outputs_index import write_index
from .results_json import render_results
from .run_record import RunRecord

_XML_KINDS = ("cases_collected", "case_started", "case_finished", "finding", "run_finished")
_XML_PAUSE_FACTOR = 5.0


class Hub:
    """The only writer of the event log; use it from the event loop's thread.

    A full disk must not cost the verdict: a failing sink is remembered in `problems` (the event itself is still
    folded), and the session turns each problem into a finding. Without `live_xml` only `finish` writes `test.xml`
    and no event loop is needed.
    """

    def __init__(self, outputs_directory: str, xml_path: str, live_xml: bool = True) -> None:
        self.record = RunRecord()
        self.problems: list[str] = []
        self._outputs_directory = outputs_directory
        self._xml_path = xml_path
        self._log: EventLog | None = None
        self._sequence = 0
        self._listeners: list[Callable[[result_pb2.Event], None]] = []
        self._xml_task: asyncio.Task[None] | None = None
        self._xml_is_stale = False
        self._live_xml = live_xml
        self._attempt("event log", self._open_log)

    @property
    def last_sequence(self) -> int:
        """Number of the last event."""
        return self._sequence

    def listen(self, listener: Callable[[result_pb2.Event], None]) -> None:
        """Calls `listener` with every later event, after it is in the log."""
        self._listeners.append(listener)

    def publish(self, *events: result_pb2.Event) -> None:
        """Takes events in: when it returns, they are in the log file."""
        for event in events:
            self._sequence += 1
            event.sequence = self._sequence
            event.time_unix_ns = event.time_unix_ns or time.time_ns()
            self.record.apply(event)
        log = self._log
        if log is not None:
            self._attempt("event log", lambda: log.append(list(events)))
        for event in events:
            for listener in self._listeners:
                listener(event)
        if self._live_xml and any(event.WhichOneof("kind") in _XML_KINDS for event in events):
            self._refresh_xml()

    def save(self) -> None:
        """Writes `test.xml`, `results.json` and `index.json` as they are now, the vital one first."""
        self._attempt("test.xml", lambda: write_junit_xml(self.record, self._xml_path))
        self._attempt("results.json", self._write_results)
        self._attempt("index.json", lambda: write_index(self.record, self._outputs_directory))

    def finish(self) -> None:
        """Writes them for the last time, and closes the event log."""
        if self._xml_task is not None:
            self._xml_task.cancel()
        log, self._log = self._log, None
        if log is not None:
            log.close()
        self.save()

    def _open_log(self) -> None:
        self._log = EventLog(os.path.join(self._outputs_directory, "events.binpb"))

    def _write_results(self) -> None:
        path = os.path.join(self._outputs_directory, "results.json")
        write_atomically(path, render_results(self.record))

    def _attempt(self, what: str, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            text = (
                f"{what} could not be written: {error.strerror or error} ({error.filename or self._outputs_directory})"
            )
            if text not in self.problems:
                self.problems.append(text)

    def _refresh_xml(self) -> None:
        """Writes test.xml at once, or soon when the last writing was recent: its cost grows with the cases."""
        self._xml_is_stale = True
        if self._xml_task is None or self._xml_task.done():
            self._xml_task = asyncio.get_running_loop().create_task(self._write_xml_while_stale())

    async def _write_xml_while_stale(self) -> None:
        while self._xml_is_stale:
            self._xml_is_stale = False
            began_s = time.monotonic()
            self._attempt("test.xml", lambda: write_junit_xml(self.record, self._xml_path))
            # Leaves the loop to others for a multiple of what the writing took.
            await asyncio.sleep((time.monotonic() - began_s) * _XML_PAUSE_FACTOR)
