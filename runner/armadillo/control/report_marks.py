"""How far the files with sanitizer reports had come when cases began and ended: by that a report is laid at a case.

The time of a file's last change tells nothing of the reports before the last one, and ThreadSanitizer writes a summary
into the same file when the process ends.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

from armadillo_api.v1 import result_pb2

from ..arangodb.sanitizer_options import LOG_NAME
from ..arangodb.server_plan import Incarnation
from ..results.hub import Hub

OR_LATER = " (or shortly after it)"


class Moment(NamedTuple):
    """When a report came: the case, "" for none, and the words for it; `was_seen` while the process lived."""

    node_id: str
    words: str
    was_seen: bool = True


class _Mark(NamedTuple):
    """What is so from now on, and the sizes of the files of the incarnation that runs now."""

    moment: Moment
    number: int
    sizes: Mapping[str, int]


class ReportMarks:
    """Listens to the hub on behalf of one server; `incarnation` answers the one that runs."""

    def __init__(self, hub: Hub, incarnation: Callable[[], Incarnation]) -> None:
        self._hub = hub
        self._incarnation = incarnation
        self._marks: list[_Mark] = []
        hub.listen(self._take)

    def moment_of(self, incarnation: Incarnation, path: str, offset: int) -> Moment:
        """When the byte at `offset` of an incarnation's file was written.

        What a file has when a case ends and had not when it began, came during the case. Between two cases it is the
        doing of the one before, probably.
        """
        last = Moment("", " before the first case")
        for mark in self._marks:
            if mark.number > incarnation.number:
                break
            if mark.number == incarnation.number and mark.sizes.get(path, 0) > offset:
                return last
            last = mark.moment
        return last._replace(was_seen=False)

    def _take(self, event: result_pb2.Event) -> None:
        kind = event.WhichOneof("kind")
        if kind == "case_started":
            node_id = event.case_started.node_id
            self._mark(Moment(node_id, f" during {node_id}"))
        elif kind == "case_finished":
            node_id = event.case_finished.node_id
            self._mark(Moment(node_id, f" during {node_id}{OR_LATER}"))
        elif kind == "server" and event.server.state == result_pb2.ServerEvent.STOPPING:
            node_id = self._hub.record.running_case()
            if event.server.server == self._incarnation().plan.name:
                self._mark(Moment(node_id, " while it stopped" + (f" during {node_id}" if node_id else ""), False))

    def _mark(self, moment: Moment) -> None:
        now = self._incarnation()
        sizes = {path: os.path.getsize(path) for path in report_files(now) if os.path.exists(path)}
        self._marks.append(_Mark(moment, now.number, sizes))


def report_files(incarnation: Incarnation) -> list[str]:
    """The logs that the sanitizers' options name, and what the process wrote to stdout and stderr.

    In a build with two runtimes the reports of undefined behaviour go to stderr, whatever log_path says.
    """
    pattern = os.path.join(glob.escape(incarnation.directory), f"{LOG_NAME}.*")
    return [*sorted(glob.glob(pattern)), incarnation.output_path]
