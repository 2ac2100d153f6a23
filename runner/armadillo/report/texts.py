"""Stacks, looks at hangs and sanitizer reports: the beginning of each file, and the link to all of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ..results.run_record import RunRecord
from .element import add, element
from .evidence import Evidence
from .words import folded, link, short_paths, size


def texts_sections(record: RunRecord, evidence: Evidence) -> list[ET.Element]:
    """One section for stacks and one for sanitizer reports, each only where there are some.

    A single file is open, unless a finding has its text among its details already.
    """
    told = "\n".join(finding.details for finding in record.findings)
    reports = [one for one in evidence.texts if "/sanitizer." in one.path]
    stacks = [one for one in evidence.texts if one not in reports]
    found = []
    for title, id_, files in (("Stacks", "stacks", stacks), ("Sanitizer reports", "sanitizers", reports)):
        if not files:
            continue
        section = element("section", element("h2", title), id=id_)
        for one in files:
            card = element("div", element("h3", link(one.path)), class_="card")
            if one.left_out_bytes:
                text = f"truncated: {size(one.left_out_bytes)} more are in the file"
                add(card, element("div", text, class_="quiet"))
            add(
                section,
                add(
                    card,
                    folded(
                        "show",
                        element("pre", short_paths(one.text)),
                        is_open=len(files) == 1 and _sign(one.text) not in told,
                    ),
                ),
            )
        found.append(section)
    return found


def _sign(text: str) -> str:
    """A line that is hardly in two different texts: the first frame, else the first line."""
    lines = [line.strip() for line in text.splitlines() if line.strip(" =-")]
    return next((line for line in lines if line.startswith("#0")), lines[0] if lines else "")
