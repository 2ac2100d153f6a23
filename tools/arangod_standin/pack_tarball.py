"""Packs the stand-in in the layout of ArangoDB's official tarball, so that whatever unpacks one can be tested with it.

    pack_tarball.py --output FILE --arangod FILE --version 3.12.10 --license FILE [--client FILE ...]

Layout as of ArangoDB 3.10 and later: bin/ holds shell wrappers, the server is usr/sbin/arangod, client tools are in
usr/bin, data lie in usr/share/arangodb3. The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import tarfile

_WRAPPER = """\
#!/bin/sh
# Runs the server with the defaults of ArangoDB's own wrapper.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
exec "$root/usr/sbin/arangod" --configuration none --server.endpoint tcp://127.0.0.1:8529 \\
  --server.authentication true --javascript.startup-directory "$root/usr/share/arangodb3/js" \\
  --javascript.app-path "/tmp/arangodb-app.$USER" "$@"
"""
_CLIENT_WRAPPER = """\
#!/bin/sh
# Runs the tool with the defaults of ArangoDB's own wrapper.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
exec "$root/usr/bin/{name}" --configuration none --progress true --server.authentication true "$@"
"""
_README = """\
This is not ArangoDB but arangod-standin, a small server that speaks its HTTP API, in the layout of ArangoDB's tarball.
"""


def entry(path: str, data: bytes | None, mode: int) -> tuple[tarfile.TarInfo, bytes]:
    """Return a member of the archive; `data` None makes a folder."""
    info = tarfile.TarInfo(path)
    info.mode = mode
    info.mtime = 0
    info.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
    info.size = len(data or b"")
    return info, data or b""


def tarball(root: str, arangod: bytes, license_text: bytes, clients: dict[str, bytes]) -> bytes:
    """Return the .tar.gz; `clients` are tools by their names."""
    members = [
        entry(root, None, 0o755),
        entry(f"{root}/README", _README.encode(), 0o644),
        entry(f"{root}/bin", None, 0o755),
        entry(f"{root}/bin/arangod", _WRAPPER.encode(), 0o755),
        *(entry(f"{root}/bin/{name}", _CLIENT_WRAPPER.format(name=name).encode(), 0o755) for name in clients),
        entry(f"{root}/usr", None, 0o755),
        entry(f"{root}/usr/bin", None, 0o755),
        *(entry(f"{root}/usr/bin/{name}", tool, 0o755) for name, tool in clients.items()),
        entry(f"{root}/usr/sbin", None, 0o755),
        entry(f"{root}/usr/sbin/arangod", arangod, 0o755),
        entry(f"{root}/usr/share", None, 0o755),
        entry(f"{root}/usr/share/arangodb3", None, 0o755),
        entry(f"{root}/usr/share/arangodb3/LICENSE", license_text, 0o644),
        entry(f"{root}/usr/share/arangodb3/js", None, 0o755),
        entry(f"{root}/usr/share/arangodb3/js/README", b"arangod-standin runs no JavaScript.\n", 0o644),
    ]
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), 6, mtime=0)


def main() -> None:
    """Read the command line and write the tarball."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", required=True)
    parser.add_argument("--arangod", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--license", required=True)
    parser.add_argument("--client", action="append", default=[])
    arguments = parser.parse_args()
    with open(arguments.arangod, "rb") as file:
        arangod = file.read()
    with open(arguments.license, "rb") as file:
        license_text = file.read()
    clients = {}
    for path in sorted(arguments.client):
        with open(path, "rb") as file:
            clients[os.path.basename(path)] = file.read()
    with open(arguments.output, "wb") as output:
        output.write(tarball(f"arangodb3-linux-{arguments.version}_x86_64", arangod, license_text, clients))


if __name__ == "__main__":
    main()
