"""Packs the client tools into executable files: a first line that names the interpreter, then a zip archive.

    pack_clients.py --interpreter PATH --output FILE... -- MODULE_PATH=FILE...

Every file holds all tools; it is the tool whose name it has (arangodump, arangoimport ...). The same inputs give the
same bytes.
"""

from __future__ import annotations

import argparse
import io
import os
import zipfile

_TIME = (1980, 1, 1, 0, 0, 0)
# -I: no user site and no PYTHON* variables; -S: no site packages.
_FLAGS = "-IS"
_MAIN = b"import sys\n\nfrom arangod_clients.__main__ import main\n\nsys.exit(main())\n"


def archive(sources: dict[str, bytes]) -> bytes:
    """Return the zip archive of the sources, with a fixed order and fixed times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, source in sorted({**sources, "__main__.py": _MAIN}.items()):
            packed.writestr(zipfile.ZipInfo(path, _TIME), source, zipfile.ZIP_DEFLATED, 6)
    return buffer.getvalue()


def main() -> None:
    """Read the command line and write the executables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interpreter", required=True)
    parser.add_argument("--output", action="append", required=True)
    parser.add_argument("files", nargs="+", metavar="MODULE_PATH=FILE")
    arguments = parser.parse_args()
    sources = {}
    for pair in arguments.files:
        module_path, _, name = pair.partition("=")
        with open(name, "rb") as file:
            sources[module_path] = file.read()
    content = f"#!{arguments.interpreter} {_FLAGS}\n".encode() + archive(sources)
    for name in arguments.output:
        with open(name, "wb") as output:
            output.write(content)
        os.chmod(name, 0o755)


if __name__ == "__main__":
    main()
