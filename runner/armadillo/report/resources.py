"""What the processes used, as small lines: one row for each process, one column for each quantity.

The quantities are the fields of a sample, whatever they are called; names end with their unit.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ..results.resource_series import Sample
from ..results.run_record import RunRecord
from .element import add, element
from .time_axis import TimeAxis
from .words import size

_WIDTH = 130
_HEIGHT = 30
_MOST_POINTS = 130
_QUANTITIES = tuple(name for name in Sample._fields if name != "time_ns")
_TITLES = {"cpu_share": "cores in use", "rss_bytes": "memory (RSS)", "read_bytes": "read", "written_bytes": "written"}


def resources_section(record: RunRecord) -> ET.Element | None:
    """The table of lines; None when nothing was sampled."""
    if not record.samples:
        return None
    axis = TimeAxis(record.started_ns, max(record.last_ns, record.started_ns + 1), 2, _WIDTH - 2)
    head = element("tr", element("th", "process"), *[element("th", _title(name)) for name in _QUANTITIES])
    body = element("tbody")
    for process, samples in record.samples.items():
        row = element("tr", element("td", element("strong", process)))
        for name in _QUANTITIES:
            points = [(sample.time_ns, float(getattr(sample, name))) for sample in samples]
            add(row, element("td", *_line(points, name, axis), class_="spark-cell"))
        add(body, row)
    table = element("div", element("table", element("thead", head), body), class_="scroll")
    axes = "From left to right the time of the run, as in the timeline; from 0 to the greatest value."
    return element("section", element("h2", "Resources"), element("p", axes, class_="quiet"), table, id="resources")


def _title(name: str) -> str:
    return _TITLES.get(name, name.replace("_", " "))


def _line(points: list[tuple[int, float]], name: str, axis: TimeAxis) -> list[ET.Element]:
    if not points:
        return []
    step = max(1, len(points) // _MOST_POINTS)
    chosen = [*points[::step], points[-1]]
    low, high = min(value for _, value in points), max(value for _, value in points)
    scale = (_HEIGHT - 6) / high if high > 0 else 0.0
    places = [(axis.x(time_ns), _HEIGHT - 3 - value * scale) for time_ns, value in chosen]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    drawing = element("svg", viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img")
    add(drawing, element("line", x1=axis.left, x2=axis.right, y1=_HEIGHT - 3, y2=_HEIGHT - 3, class_="axis"))
    add(drawing, element("polyline", points=path, class_="spark"))
    if places[0] == places[-1]:
        add(drawing, element("circle", cx=places[0][0], cy=places[0][1], r=2, class_="dot"))
    text = f"{_value(low, name)} … {_value(high, name)}" if high > low else _value(low, name)
    return [drawing, element("div", text, class_="quiet")]


def _value(value: float, name: str) -> str:
    return size(int(value)) if name.endswith("_bytes") else f"{value:.2f}".rstrip("0").rstrip(".")
