"""How long Chromium needs for a page, said by the page itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

_STAMP = (
    "<script>document.body.offsetHeight;"
    "document.documentElement.dataset.openedMs = performance.now().toFixed(1)</script></body>"
)


class Opening(NamedTuple):
    """From the begin of the navigation to the page laid out; and all of chromium's life for it."""

    page_ms: float
    chromium_ms: float


def chromium() -> str:
    """Its path; "" when there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or ""


def open_page(page: Path, home: Path) -> Opening:
    """Opens a copy of a page that has one more script at its end: it forces the layout and takes the time."""
    stamped = page.with_name("stamped.html")
    stamped.write_text(page.read_text(encoding="utf-8").replace("</body>", _STAMP), encoding="utf-8")
    argv = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"]
    argv += [f"--user-data-dir={home / 'profile'}", "--window-size=1200,2400", stamped.as_uri()]
    began_s = time.perf_counter()
    dom = subprocess.run(argv, env={**os.environ, "HOME": str(home)}, capture_output=True, text=True, check=True).stdout
    took_ms = (time.perf_counter() - began_s) * 1000
    (opened,) = re.findall(r'data-opened-ms="([\d.]+)"', dom)
    return Opening(float(opened), took_ms)
