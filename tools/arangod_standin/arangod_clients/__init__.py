"""arangodump, arangorestore, arangoimport, arangoexport, arangobench and arangobackup with ArangoDB's own options.

They speak nothing but the HTTP API, so that they work against the stand-in and against ArangoDB 3.11, 3.12 and 4.x, and
use nothing but Python's standard library. Nothing of the server is imported here, nor the other way round.
"""

VERSION = "0.1.0"
# The ArangoDB release whose tools' options are followed.
FOLLOWED_VERSION = "3.12.10"
TOOLS = ("arangobackup", "arangobench", "arangodump", "arangoexport", "arangoimport", "arangorestore")
