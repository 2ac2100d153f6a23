"""Faults in the timeline's drawing: a row of their own, and a frame around the bands of the servers that they hit."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from ..results.fault_record import FaultRecord, phase_name
from ..results.run_record import RunRecord
from .element import add, element
from .time_axis import TimeAxis

_LETTER = 6.2
_LEAST_WIDTH = 3.0


def fault_lanes(record: RunRecord) -> list[list[FaultRecord]]:
    """Faults by rows, so that those of a row do not overlap; an empty list when there was none."""
    lanes: list[list[FaultRecord]] = []
    for fault in sorted(record.faults.values(), key=lambda one: one.begin_ns):
        for lane in lanes:
            if 0 < lane[-1].end_ns <= fault.begin_ns:
                lane.append(fault)
                break
        else:
            lanes.append([fault])
    return lanes


def draw_faults(
    drawing: ET.Element, record: RunRecord, axis: TimeAxis, lanes: Mapping[float, list[FaultRecord]], height: float
) -> None:
    """One bar for each fault from injected to recovered; `lanes` by their top."""
    for y, faults in lanes.items():
        for index, fault in enumerate(faults):
            left, width = _span(fault, record, axis)
            bar = element("rect", x=left, y=y, width=width, height=height, rx=2, class_=_class(fault, "fault"))
            add(drawing, add(bar, element("title", _title(fault, record))))
            room = (axis.x(faults[index + 1].begin_ns) if index + 1 < len(faults) else axis.right) - left
            letters = int(room / _LETTER) - 1
            if letters > 3:
                text = (
                    fault.description if len(fault.description) <= letters else f"{fault.description[: letters - 1]}…"
                )
                add(drawing, element("text", text, x=left + 4, y=y + height - 3, class_="fault-name"))


def frame_servers(
    drawing: ET.Element, record: RunRecord, axis: TimeAxis, rows: Mapping[str, float], height: float
) -> None:
    """A frame around what the hit servers did meanwhile."""
    for fault in record.faults.values():
        left, width = _span(fault, record, axis)
        for name in fault.servers:
            if name in rows:
                frame = element("rect", x=left, y=rows[name], width=width, height=height, class_=_class(fault, "hit"))
                add(drawing, add(frame, element("title", f"{name}: {_title(fault, record)}")))


def _span(fault: FaultRecord, record: RunRecord, axis: TimeAxis) -> tuple[float, float]:
    left = axis.x(fault.begin_ns)
    return left, max(axis.x(fault.end_ns or record.last_ns) - left, _LEAST_WIDTH)


def _class(fault: FaultRecord, name: str) -> str:
    return f"{name} broken" if fault.is_broken else name


def _title(fault: FaultRecord, record: RunRecord) -> str:
    lines = [f"{fault.first.fault_id} {fault.first.kind}: {fault.description}"]
    for time_ns, step in fault.steps:
        message = f": {step.message}" if step.message else ""
        lines.append(f"{(time_ns - record.started_ns) / 1e9:+.3f} s {phase_name(step.phase)}{message}")
    return "\n".join(lines)
