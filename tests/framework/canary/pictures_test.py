"""Pictures of the report pages of real runs: a crash, a hang, a sanitizer's report, and a cluster in which one died.

They are kept as outputs, so that people can look whether a page is clear:

    tools/bazel test //tests/framework/canary:pictures_test --test_output=errors --zip_undeclared_test_outputs=no

then open bazel-testlogs/tests/framework/canary/pictures_test/test.outputs/. `PICTURES` has a canary for each.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.canary.canary import Canary
from tests.framework.canary.canary_run import CanaryRun, canary_run, obstacle
from tests.framework.canary.canary_table import GROUPS
from tests.framework.runner.report.chromium import CHROMIUM, browse

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not on PATH (Debian: apt-get install chromium)")
NAMES = {"segv": "crash", "hangs_in_case": "hang", "asan": "sanitizer", "dbserver_dies_at_start": "cluster"}
"""What stands for each kind of failure: canary and name of the picture."""
PICTURES = tuple(canary for group in GROUPS.values() for canary in group if canary.name in NAMES)
_MEASURED = (
    "<script>addEventListener('load', () => {"
    "document.documentElement.dataset.height = document.documentElement.scrollHeight;})</script></body>"
)
_TALLEST = 16_000
"""Pixels; beyond that a picture is cut."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CanaryRun]:
    """One run of all canaries that have a picture."""
    with canary_run(tmp_path_factory.mktemp("pictures"), PICTURES) as made:
        yield made


@pytest.fixture(params=PICTURES, ids=[NAMES[canary.name] for canary in PICTURES])
def canary(request: pytest.FixtureRequest) -> Canary:
    """Each canary that this machine can run."""
    chosen: Canary = request.param
    if obstacle(chosen):
        pytest.skip(f"{chosen.name}: {obstacle(chosen)}")
    return chosen


def test_a_picture_of_a_real_page_is_kept(run: CanaryRun, canary: Canary, tmp_path: Path) -> None:
    """The whole page opens from disk with its headline, its console stays empty, and its picture is no blank."""
    outputs = tmp_path / "outputs"
    for path, content in run.evidence_of(canary).outputs.items():
        (outputs / path).parent.mkdir(parents=True, exist_ok=True)
        (outputs / path).write_bytes(content)
    page = outputs / "report.html"
    measured = outputs / "measured.html"
    measured.write_text(page.read_text(encoding="utf-8").replace("</body>", _MEASURED), encoding="utf-8")
    dom, console = browse(measured, tmp_path, "--dump-dom", "--window-size=1200,900")
    assert console == []
    (headline,) = re.findall(r'<p class="headline" id="headline">(.*?)</p>', dom)
    assert html.unescape(headline) == run.evidence_of(canary).headline
    (height,) = re.findall(r'data-height="(\d+)"', dom)

    kept = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", tmp_path)) / f"{NAMES[canary.name]}.png"
    browse(page, tmp_path, f"--screenshot={kept}", f"--window-size=1200,{min(int(height), _TALLEST)}")
    content = kept.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 50_000, "an empty page has a picture of a few kilobytes"
