"""The log viewer in a real headless Chromium, from disk: it scrolls, jumps to a moment, filters, and tells gaps.

A script at the end of the page does what a person would, and writes what it saw into the document.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from armadillo.report import embedded_log
from armadillo.report.run_report import write_run_report
from armadillo.results.run_record import fold

from tests.framework.runner.report.chromium import CHROMIUM, browse
from tests.framework.runner.report.sample_runs import SampleRun, crash, log_of

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not on PATH (Debian: apt-get install chromium)")
_PERSON = """<script>
(async () => {
  const until = async test => {
    for (;;) { const got = test(); if (got) return got; await new Promise(go => setTimeout(go, 10)); }
  };
  const rows = () => [...document.querySelectorAll('.log-row')].map(row => row.textContent);
  const seen = {};
  %s
  document.documentElement.dataset.seen = JSON.stringify(seen);
})();
</script></body>"""


def see(run: SampleRun, directory: Path, actions: str) -> dict[str, Any]:
    """What a person who does this in the page of a run sees; the console must stay empty."""
    outputs = directory / "outputs"
    outputs.mkdir()
    run.write(outputs)
    assert write_run_report(fold(run.events), str(outputs)) == []
    page = outputs / "report.html"
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", _PERSON % actions), encoding="utf-8")
    dom, console = browse(page, directory, "--dump-dom", "--window-size=1200,900")
    assert console == []
    (seen,) = re.findall(r'data-seen="(.*?)"', dom)
    answer: dict[str, Any] = json.loads(html.unescape(seen))
    return answer


def test_nothing_is_unpacked_before_somebody_looks(tmp_path: Path) -> None:
    """Out of sight the viewer is empty; when it comes in sight it shows the log of the server that died."""
    seen = see(
        crash(),
        tmp_path,
        """seen.before = rows().length;
        document.getElementById('logs').scrollIntoView();
        await until(() => rows().length);
        seen.rows = rows();
        seen.file = document.getElementById('log-file').getAttribute('href');""",
    )
    assert seen["before"] == 0
    assert seen["file"] == "servers/dbserver-2/1/arangod.log"
    log = crash().files["servers/dbserver-2/1/arangod.log"].splitlines()
    assert seen["rows"] == [f"{number}{line}" for number, line in enumerate(log, 1)]


def test_the_button_of_an_excerpt_leads_to_the_line(tmp_path: Path) -> None:
    """The last line up to the moment of the finding is marked, in the middle of the view."""
    seen = see(
        crash(),
        tmp_path,
        """document.querySelector('#finding-1 button[data-log]').click();
        seen.marked = (await until(() => document.querySelector('.log-row.marked'))).textContent;""",
    )
    assert seen["marked"].endswith("FATAL [a7902] {crash} signal 11 (SIGSEGV)")


def test_the_filter_finds_lines_of_the_whole_log(tmp_path: Path) -> None:
    """All words must be in a line, in any case; the numbers stay those of the log; without words all is back."""
    run = crash()
    run.files["servers/dbserver-2/1/arangod.log"] = log_of(4, lines=30_000)
    seen = see(
        run,
        tmp_path,
        """document.getElementById('logs').scrollIntoView();
        await until(() => rows().length);
        const filter = document.getElementById('log-filter'), count = document.getElementById('log-count');
        const type = text => { filter.value = text; filter.dispatchEvent(new Event('input')); };
        type('[01d6a] Had');
        await until(() => count.textContent.includes(' of '));
        await until(() => rows().length === 1);
        [seen.rows, seen.count] = [rows(), count.textContent];
        type('');
        await until(() => rows().length > 1);
        seen.all = count.textContent;""",
    )
    (line,) = seen["rows"]
    assert line.startswith("75312023-11-14T"), "the count begins at 1"
    assert seen["count"] == "1 of 30000 lines"
    assert seen["all"] == "30000 lines"


def test_a_log_above_the_caps_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the pieces stands a line that tells the gap; the last line of the log is there with its own number."""
    monkeypatch.setattr(embedded_log, "MOST_BYTES", 8 * embedded_log.PIECE_BYTES)
    run = crash()
    run.files["servers/dbserver-2/1/arangod.log"] = log_of(4, lines=60_000)
    seen = see(
        run,
        tmp_path,
        """document.getElementById('logs').scrollIntoView();
        await until(() => rows().length);
        const view = document.getElementById('log-view');
        seen.choice = document.getElementById('log-choice').selectedOptions[0].textContent;
        view.scrollTop = view.scrollHeight;
        await until(() => rows().some(text => text.startsWith('60000')));
        const filter = document.getElementById('log-filter');
        filter.value = 'no line has this';
        filter.dispatchEvent(new Event('input'));
        seen.gaps = await until(() => rows().every(text => text.startsWith('---')) && rows());""",
    )
    assert "truncated: " in seen["choice"]
    assert seen["gaps"]
    assert all(re.fullmatch(r"--- truncated: [\d.]+ MiB with \d+ lines are not in this page; see the file ---", text)
               for text in seen["gaps"])  # fmt: skip
