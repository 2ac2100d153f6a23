"""Chromium without a window, for tests that look at pages; "" as its path where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), "")
TIMEOUT_S = 120


def browse(page: Path, home: Path, *args: str) -> tuple[str, list[str]]:
    """What chromium prints about a page, and what the page's console said."""
    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    switches += [f"--user-data-dir={home / 'profile'}", "--enable-logging=stderr"]
    # Polls of a page use it up as fast as they can, while what they wait for takes real time.
    switches += ["--virtual-time-budget=600000"]
    done = subprocess.run(
        [CHROMIUM, *switches, *args, page.as_uri()],
        env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    # what the browser's own pages say is none of ours
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line and "source: chrome://" not in line]
    return done.stdout, said
