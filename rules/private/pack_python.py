"""Packs Python sources and their byte code into one archive that Python imports from.

    pack_python.py OUTPUT MODULE_PATH=FILE...

Run by the rule `python_archive`. The archive is a function of its inputs: fixed times, fixed order, byte code that does
not look at times. The sources are in it for tracebacks. Nothing is compressed: it is read at every start.
"""

from __future__ import annotations

import py_compile
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)


def byte_code(source: Path, module_path: str, scratch: Path) -> bytes:
    """The compiled form of a source file, without a trace of where it lay."""
    compiled = scratch / "module.pyc"
    py_compile.compile(
        str(source),
        str(compiled),
        dfile=module_path,
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return compiled.read_bytes()


def folders_of(module_paths: Sequence[str]) -> list[str]:
    """All folders as archive entries: zipimport finds packages without __init__.py only by these."""
    folders = {str(parent) + "/" for path in module_paths for parent in Path(path).parents if str(parent) != "."}
    return sorted(folders)


def pack(output: Path, source_of: dict[str, Path]) -> None:
    """Writes the archive; `source_of` maps paths in it to files."""
    with tempfile.TemporaryDirectory() as directory, zipfile.ZipFile(output, "w") as archive:
        for folder in folders_of(list(source_of)):
            archive.writestr(zipfile.ZipInfo(folder, _EPOCH), b"")
        for module_path, source in sorted(source_of.items()):
            archive.writestr(zipfile.ZipInfo(module_path, _EPOCH), source.read_bytes())
            code = byte_code(source, module_path, Path(directory))
            archive.writestr(zipfile.ZipInfo(module_path + "c", _EPOCH), code)


def main(arguments: Sequence[str]) -> None:
    """Reads the command line as the rule writes it."""
    output, *pairs = arguments
    pack(Path(output), {path: Path(file) for path, _, file in (pair.partition("=") for pair in pairs)})


if __name__ == "__main__":
    main(sys.argv[1:])
