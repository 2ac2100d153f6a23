"""The `test.xml` that stands before anything else does: written before the first server, by string formatting.

If the runner dies before it can write a better one, Bazel, CI and IDEs still see which target it was and that the run
did not get far. It must not cost an import.
"""

from __future__ import annotations

import time
from html import escape

from .atomic_file import write_atomically
from .xml_text import clean

_SKELETON = """<?xml version="1.0" encoding="utf-8"?>
<testsuites name="{target}" tests="1" failures="0" errors="1" skipped="0" time="0.0"><testsuite name="{target}" \
tests="1" failures="0" errors="1" skipped="0" time="0.0" timestamp="{timestamp}" hostname="localhost" id="0">\
<testcase name="run" classname="armadillo" time="0.0"><error type="error" message="{message}">{message}</error>\
</testcase></testsuite></testsuites>
"""

_MESSAGE = "the runner ended before it could record anything; test.log may say why"


def write_skeleton_xml(path: str, target: str, started_s: float, message: str = _MESSAGE) -> None:
    """Writes the skeleton atomically; `started_s` is seconds since the epoch."""
    text = _SKELETON.format(
        target=escape(clean(target)),
        timestamp=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(started_s)),
        message=escape(clean(message)),
    )
    write_atomically(path, text)
