"""Packs the stand-in into one executable file: a first line that names the interpreter, then a zip archive.

    pack.py --output FILE --interpreter PATH --site-packages FOLDER [--package=lark ...] [--option=--standin.x=y ...]
        MODULE_PATH=FILE...

Options given here come before those of the command line, so a packed server can misbehave by itself. The packages are
libraries that go into the archive; AQL's parser is built here and packed, because that takes longer than a start may.

Python runs such a file as it is. It holds the byte code (so that nothing is compiled at a start), most of it in one
block, and the sources (for tracebacks). The same inputs give the same bytes: fixed times, fixed order, byte code that
does not look at times.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

_TIME = (1980, 1, 1, 0, 0, 0)
# -I: no user site and no PYTHON* variables; -S: no site packages. Both save start-up time and keep strangers out.
_FLAGS = "-IS"
# The modules below these folders are imported from the archive as usual; all others from one block, see below.
_NOT_AT_START = ("arangod_standin/aql/", "arangod_standin/graph/", "lark/", "fastjsonschema/")
_BLOCK = "modules.bin"
_MAIN = """\
import gc
import marshal
import sys

# what is made during a start stays: looking for garbage in it takes 4 ms; the server switches this on again
gc.disable()
# no TLS here: asyncio need not load the ssl module, which saves 6 ms of every start
sys.modules.setdefault("ssl", None)


class Modules:
    # Imports the server's modules from one block of byte code, which saves a tenth of a start.

    def __init__(self, loader):
        self._loader = loader
        self._modules = marshal.loads(loader.get_data(loader.archive + "/%(block)s"))

    def find_spec(self, name, path=None, target=None):
        found = self._modules.get(name)
        if found is None:
            return None
        spec = type(__spec__)(name, self, origin=self._loader.archive + "/" + found[0], is_package=found[1])
        spec.has_location = True
        if found[1]:
            spec.submodule_search_locations = [spec.origin.rpartition("/")[0]]
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(marshal.loads(self._modules.pop(module.__name__)[2]), module.__dict__)

    def get_source(self, name):
        # for tracebacks
        return self._loader.get_data(sys.modules[name].__file__).decode()


sys.meta_path.insert(0, Modules(__loader__))
# the standard library first: every look into the archive costs time
sys.path.append(sys.path.pop(0))
from arangod_standin.process import main

sys.exit(main([*%(options)r, *sys.argv[1:]]))
"""


def code_of(source: bytes, path: str) -> bytes:
    """Return a module's marshalled code."""
    import marshal

    return marshal.dumps(compile(source, path, "exec", dont_inherit=True))


def byte_code(source: bytes, path: str) -> bytes:
    """Return a module's .pyc with an unchecked hash: valid without a look at the source."""
    flags = (0b01).to_bytes(4, "little")
    return importlib.util.MAGIC_NUMBER + flags + importlib.util.source_hash(source) + code_of(source, path)


def block(sources: dict[str, bytes]) -> bytes:
    """Return what the start may need as one marshalled dictionary: name to path, whether a package, code."""
    import marshal

    modules = {}
    for path, source in sorted(sources.items()):
        if path.endswith(".py") and not path.startswith(_NOT_AT_START):
            name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            modules[name] = (path, path.endswith("/__init__.py"), code_of(source, path))
    return marshal.dumps(modules)


def archive(sources: dict[str, bytes], options: list[str]) -> bytes:
    """Return the zip archive of sources, byte code and other files; `options` are built in."""
    buffer = io.BytesIO()
    main_source = (_MAIN % {"options": options, "block": _BLOCK}).encode()
    files = {**sources, "__main__.py": main_source, _BLOCK: block(sources)}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for path, source in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(path, _TIME), source)
            if path == "__main__.py" or (path.endswith(".py") and path.startswith(_NOT_AT_START)):
                packed.writestr(zipfile.ZipInfo(path + "c", _TIME), byte_code(source, path))
    return buffer.getvalue()


def library(site_packages: str, package: str) -> dict[str, bytes]:
    """Return the Python files of an installed package by their path below site-packages. Raises SystemExit."""
    folder = pathlib.Path(site_packages, package)
    files = {str(file.relative_to(site_packages)): file.read_bytes() for file in sorted(folder.rglob("*.py"))}
    if not files:
        raise SystemExit(
            f"pack.py: expected the package {package} in {site_packages}, found nothing; is it in the lock?"
        )
    return files


def aql_parser(sources: dict[str, bytes], site_packages: str) -> bytes:
    """Return AQL's parser, built from the grammar. Raises SystemExit when the grammar is broken."""
    with tempfile.TemporaryDirectory() as folder:
        for path, source in sources.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(source)
        code = "import sys; from arangod_standin.aql.grammar import serialized; sys.stdout.buffer.write(serialized())"
        # the order of sets is in the result, so that the same inputs give the same bytes only with a fixed seed
        environment = {"PYTHONHASHSEED": "0", "PYTHONPATH": folder + os.pathsep + os.path.abspath(site_packages)}
        made = subprocess.run(
            [sys.executable, "-S", "-B", "-c", code], env=environment, capture_output=True, check=False
        )
    if made.returncode:
        raise SystemExit(f"pack.py: AQL's parser could not be built:\n{made.stderr.decode()}")
    return made.stdout


def main() -> None:
    """Read the command line and write the executable."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", required=True)
    parser.add_argument("--interpreter", required=True)
    parser.add_argument("--site-packages", required=True)
    parser.add_argument("--package", action="append", default=[])
    parser.add_argument("--option", action="append", default=[])
    parser.add_argument("files", nargs="+", metavar="MODULE_PATH=FILE")
    arguments = parser.parse_args()
    sources = {}
    for pair in arguments.files:
        module_path, _, name = pair.partition("=")
        with open(name, "rb") as file:
            sources[module_path] = file.read()
    sources["arangod_standin/aql/aql_parser.bin"] = aql_parser(sources, arguments.site_packages)
    for package in arguments.package:
        sources.update(library(arguments.site_packages, package))
    with open(arguments.output, "wb") as output:
        output.write(f"#!{arguments.interpreter} {_FLAGS}\n".encode())
        output.write(archive(sources, arguments.option))
    os.chmod(arguments.output, 0o755)


if __name__ == "__main__":
    main()
