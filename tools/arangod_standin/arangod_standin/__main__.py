"""Entry point: ``python -m arangod_standin`` and the zipapp both run this file."""

import sys

# The stand-in has no TLS; telling asyncio so up front saves 6 ms of every process start.
sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]

from arangod_standin.process import main  # noqa: E402 - after the line above on purpose

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
