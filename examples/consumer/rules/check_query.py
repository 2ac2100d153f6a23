"""Runs the query of one file and compares its result with another file: python3 check_query.py QUERY EXPECTED."""

from __future__ import annotations

import base64
import json
import os
import sys
import urllib.request
from pathlib import Path


def main(query: Path, expected: Path) -> int:
    """Exit code 0 when the result is what is expected."""
    login = f"{os.environ['ARANGO_USERNAME']}:{os.environ['ARANGO_PASSWORD']}".encode()
    request = urllib.request.Request(
        os.environ["ARANGO_ENDPOINT"] + "/_api/cursor",
        data=json.dumps({"query": query.read_text()}).encode(),
        headers={"Authorization": "Basic " + base64.b64encode(login).decode()},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        result = json.load(answer)["result"]
    print(f"{query}: {result}")
    return 0 if result == json.loads(expected.read_text()) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
