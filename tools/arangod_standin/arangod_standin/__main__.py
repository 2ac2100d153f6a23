"""Entry point: ``python -m arangod_standin`` and the zipapp both run this file."""

import gc
import sys

# what is made during a start stays: looking for garbage in it takes 4 ms; the server switches this on again
gc.disable()
# The stand-in has no TLS; telling asyncio so up front saves 6 ms of every process start.
sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]

from arangod_standin.process import main  # noqa: E402 - after the line above on purpose

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
