"""Servers of C++ with a mistake in them, compiled while the test runs: arangod_wrapper.cpp in five forms."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("arangod_wrapper.cpp")
_COMPILE_TIMEOUT_S = 120


@dataclass(frozen=True)
class InstrumentedServer:
    """One form: `kind` is what `-fsanitize=` gets, `version_line` what `--version` says of it."""

    name: str
    mistake: str
    kind: str = ""
    version_line: str = ""
    at_end: bool = False

    @property
    def rule(self) -> str:
        """The target in the BUILD file, beside the executable."""
        return (
            f'arangodb_server(name = "{self.name}", arangod = "{self.name}_arangod", layout = "executable", '
            'data = ["//tools/arangod_standin:arangod"])\n'
        )

    def compile(self, directory: Path, standin_version: str) -> None:
        """Writes the executable; raises `CalledProcessError` with the compiler's words when it cannot be made."""
        header = directory / f"{self.name}.h"
        text = f"{standin_version.rstrip()}\n{self.version_line}\n"
        header.write_text(f"#define VERSION_TEXT {json.dumps(text)}\n", encoding="utf-8")  # the same escapes
        flags = [f"-fsanitize={self.kind}", "-fsanitize-recover=all"] if self.kind else []
        subprocess.run(
            ["g++", "-std=c++17", "-g", "-O0", "-pthread", *flags, "-include", str(header), f"-DMISTAKE={self.mistake}",
             f"-DAT_END={int(self.at_end)}", "-o", str(directory / f"{self.name}_arangod"), str(SOURCE)],
            check=True, timeout=_COMPILE_TIMEOUT_S,
        )  # fmt: skip
        header.unlink()


INSTRUMENTED_SERVERS = {
    server.name: server
    for server in (
        InstrumentedServer("asan", "use_after_free", "address", "asan: true"),
        InstrumentedServer("lsan", "forget_memory", "address", "asan: true", at_end=True),
        InstrumentedServer("ubsan", "overflow_a_number", "undefined", "compiler-flags: -fsanitize=undefined"),
        InstrumentedServer("tsan", "race", "thread", "tsan: true"),
        InstrumentedServer("aborting", "abort_in_stop", at_end=True),
    )
}
"""By name, which is that of the target, too."""


def standin_version() -> str:
    """What the stand-in that this test was built with says to `--version`; STANDIN is its path."""
    command = [os.path.abspath(os.environ["STANDIN"]), "--version"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout


def missing_compiler() -> str:
    """Why no server can be compiled here; "" when one can."""
    return "" if shutil.which("g++") else "there is no g++ here"
