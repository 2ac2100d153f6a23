"""The files beside the page, as index.json lists them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from .element import add, element
from .evidence import Evidence
from .words import badge, link, size

_MOST_FILES = 500


def files_section(evidence: Evidence) -> ET.Element:
    """A row for each file, with what it is; files that were cut say so."""
    body = element("tbody")
    for entry in evidence.files[:_MOST_FILES]:
        kind = element("td", entry.get("kind", ""))
        truncated = entry.get("truncated")
        if truncated:
            told = f"truncated: {size(truncated['left_out_bytes'])} of {size(truncated['original_bytes'])} are left out"
            add(kind, " ", badge(told, "warn"))
        path = (
            entry["path"]
            if truncated and truncated["left_out_bytes"] == truncated["original_bytes"]
            else link(entry["path"])
        )
        add(body, element("tr", element("td", path), element("td", size(entry["size_bytes"]), class_="time"), kind))
    section = element("section", element("h2", "Files"), element("table", body), id="files")
    left_out = len(evidence.files) - _MOST_FILES
    if left_out > 0:
        add(section, element("p", f"truncated: {left_out} more files, see index.json", class_="quiet"))
    return section
