"""`report.html`: one page that holds everything it needs, opens from disk and asks no network."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET

from armadillo_api.v1 import deployment_pb2, result_pb2

from ..model.outcome import Outcome
from ..results.junit_xml import case_counts
from ..results.run_record import RunRecord
from .cases import cases_section
from .element import add, element, raw_text, render
from .evidence import Evidence
from .files import files_section
from .incidents import incidents_section
from .log_script import LOG_SCRIPT
from .logs import logs_section
from .resources import resources_section
from .script import SCRIPT
from .servers import servers_section
from .style import STYLE
from .texts import texts_sections
from .timeline_drawing import timeline_drawing
from .timeline_legend import timeline_legend
from .words import link, tone

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""What the page may load: nothing. A browser would refuse anything that slipped in."""


def render_page(record: RunRecord, evidence: Evidence) -> bytes:
    """The page as UTF-8. It has no time of its own: the same record and files make the same page."""
    found = incidents_section(record, evidence)
    timeline = element(
        "section",
        element("h2", "Timeline"),
        element("div", timeline_drawing(record, evidence), class_="scroll"),
        timeline_legend(record, evidence),
        element("p", "The same as text: ", link("timeline.txt"), class_="quiet"),
        id="timeline",
    )
    sections = [
        found,
        timeline,
        servers_section(record, evidence),
        resources_section(record),
        *texts_sections(record, evidence),
        logs_section(record, evidence),
        cases_section(record),
        files_section(evidence),
    ]
    shown = [section for section in sections if section is not None]
    title = f"{_outcome(record).name.lower()}: {record.started.target}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("title", title),
        raw_text("style", STYLE),
    )
    main = add(element("main"), _header(record, shown), *shown)
    return render(
        element(
            "html", head, element("body", main, raw_text("script", SCRIPT), raw_text("script", LOG_SCRIPT)), lang="en"
        )
    )


def _outcome(record: RunRecord) -> Outcome:
    return Outcome(record.finished.outcome) if record.finished else Outcome.UNKNOWN


def _header(record: RunRecord, sections: list[ET.Element]) -> ET.Element:
    outcome = _outcome(record)
    colour = tone(outcome)
    headline = record.finished.headline if record.finished else "the run did not come to its end"
    verdict = element(
        "div", element("span", outcome.name.lower(), class_=f"badge {colour}"), class_=f"verdict {colour}"
    )
    add(verdict, element("p", headline or _good_news(record), class_="headline", id="headline"), _facts(record))
    links = [element("a", section.findtext("h2") or "", href=f"#{section.get('id')}") for section in sections]
    return element("header", element("h1", record.started.target), verdict, element("nav", *links))


def _good_news(record: RunRecord) -> str:
    counts = case_counts(record)
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing to do"


def _facts(record: RunRecord) -> ET.Element:
    started = record.started
    began = datetime.datetime.fromtimestamp(record.started_ns // 10**9, datetime.UTC)
    server = f"ArangoDB {started.server_version}"
    if started.server_standin:
        server = f"{started.server_standin} (speaks ArangoDB {started.server_version})"
    facts = {
        "server": server,
        "server target": started.server_label,
        "deployment": _deployment(started.deployment),
        "cases": ", ".join(f"{count} {name}" for name, count in case_counts(record).items()) or "none",
        "began": began.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "duration": f"{(record.last_ns - record.started_ns) / 1e9:.3f} s",
        "exit code": str(record.finished.exit_code) if record.finished else "none",
        "network": _network(started),
        "seed": str(started.seed),
        **{name.removeprefix("test_").replace("_", " "): value for name, value in sorted(started.bazel.items())},
    }
    parts = [element("div", element("dt", name), element("dd", value)) for name, value in facts.items() if value]
    return element("dl", *parts, class_="facts")


def _network(started: result_pb2.RunStarted) -> str:
    reason = f" (no lab: {started.network_tier_reason})" if started.network_tier_reason else ""
    return started.network_tier + reason


def _deployment(deployment: deployment_pb2.Deployment) -> str:
    if deployment.mode == deployment_pb2.CLUSTER:
        return (
            f"cluster: {deployment.agents} agents, {deployment.dbservers} dbservers, "
            f"{deployment.coordinators} coordinators"
        )
    return "single server" if deployment.mode == deployment_pb2.SINGLE_SERVER else ""
