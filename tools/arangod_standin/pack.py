"""Packs the stand-in into one executable file: a first line that names the interpreter, then a zip archive.

    pack.py --output FILE --interpreter PATH [--option=--standin.x=y ...] MODULE_PATH=FILE...

Options given here come before those of the command line, so a packed server can misbehave by itself.

Python runs such a file as it is. It holds the byte code (so that nothing is compiled at a start) and the sources (for
tracebacks). The same inputs give the same bytes: fixed times, fixed order, byte code that does not look at times.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import zipfile

_TIME = (1980, 1, 1, 0, 0, 0)
# -I: no user site and no PYTHON* variables; -S: no site packages. Both save start-up time and keep strangers out.
_FLAGS = "-IS"
_MAIN = """\
import sys

# no TLS here: asyncio need not load the ssl module, which saves 6 ms of every start
sys.modules.setdefault("ssl", None)
from arangod_standin.process import main

sys.exit(main([*%r, *sys.argv[1:]]))
"""


def byte_code(source: bytes, path: str) -> bytes:
    """Return a module's .pyc with an unchecked hash: valid without a look at the source."""
    import marshal

    code = compile(source, path, "exec", dont_inherit=True)
    flags = (0b01).to_bytes(4, "little")
    return importlib.util.MAGIC_NUMBER + flags + importlib.util.source_hash(source) + marshal.dumps(code)


def archive(sources: dict[str, bytes], options: list[str]) -> bytes:
    """Return the zip archive of sources and byte code; `options` are built in."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for path, source in sorted({**sources, "__main__.py": (_MAIN % options).encode()}.items()):
            packed.writestr(zipfile.ZipInfo(path, _TIME), source)
            packed.writestr(zipfile.ZipInfo(path + "c", _TIME), byte_code(source, path))
    return buffer.getvalue()


def main() -> None:
    """Read the command line and write the executable."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", required=True)
    parser.add_argument("--interpreter", required=True)
    parser.add_argument("--option", action="append", default=[])
    parser.add_argument("files", nargs="+", metavar="MODULE_PATH=FILE")
    arguments = parser.parse_args()
    sources = {}
    for pair in arguments.files:
        module_path, _, name = pair.partition("=")
        with open(name, "rb") as file:
            sources[module_path] = file.read()
    with open(arguments.output, "wb") as output:
        output.write(f"#!{arguments.interpreter} {_FLAGS}\n".encode())
        output.write(archive(sources, arguments.option))
    os.chmod(arguments.output, 0o755)


if __name__ == "__main__":
    main()
