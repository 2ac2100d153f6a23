"""The page in a real headless Chromium: it opens from disk without a complaint and shows its headline.

Without a chromium on PATH the tests are skipped, and say so. Screenshots are kept among the undeclared outputs.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

import pytest
from armadillo.report.run_report import write_run_report
from armadillo.results.run_record import fold

from tests.framework.runner.report.chromium import CHROMIUM, browse
from tests.framework.runner.report.sample_runs import RUNS

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not on PATH (Debian: apt-get install chromium)")


def page_of(name: str, outputs: Path) -> Path:
    """The report of a sample run, in a directory that looks like the outputs of one."""
    outputs.mkdir()
    run = RUNS[name]()
    run.write(outputs)
    assert write_run_report(fold(run.events), str(outputs)) == []
    return outputs / "report.html"


@pytest.mark.parametrize("name", RUNS)
def test_the_page_opens_without_a_complaint(name: str, tmp_path: Path) -> None:
    """The headline is there, the script has drawn the cases, and the console stayed empty."""
    page = page_of(name, tmp_path / "outputs")
    dom, console = browse(page, tmp_path, "--dump-dom")
    assert console == []
    (headline,) = re.findall(r'<p class="headline" id="headline">(.*?)</p>', dom)
    assert html.unescape(headline) == RUNS[name]().events[-1].run_finished.headline
    count = len(fold(RUNS[name]().events).cases)
    assert f"{count} of {count} cases" in dom
    rows = dom[dom.index('id="case-rows"') :].partition("</tbody>")[0].count("<tr>")
    assert rows == min(count, 200)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_of_the_page_is_kept(name: str, scheme: str, tmp_path: Path) -> None:
    """A PNG of the first screens of each page, in both colour schemes."""
    page = page_of(name, tmp_path / "outputs")
    kept = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", tmp_path)) / f"{name}-{scheme}.png"
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    browse(page, tmp_path, f"--screenshot={kept}", "--window-size=1200,2400", *dark)
    content = kept.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 50_000, "an empty page has a picture of a few kilobytes"


def test_the_console_is_heard(tmp_path: Path) -> None:
    """The check itself: a script that fails, and a picture from elsewhere that the policy refuses, are told."""
    page = page_of("hang", tmp_path / "outputs")
    broken = page.read_text(encoding="utf-8").replace(
        "</body>", '<script>no_such_function()</script><img src="https://example.invalid/a.png"></body>'
    )
    page.write_text(broken, encoding="utf-8")
    _, console = browse(page, tmp_path, "--dump-dom")
    assert any("no_such_function" in line for line in console)
    assert any("Content Security Policy" in line for line in console)
