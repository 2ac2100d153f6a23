"""The merger as a program; see `merging`."""

import sys

from .merging import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
