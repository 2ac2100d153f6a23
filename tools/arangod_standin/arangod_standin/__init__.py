"""A small, durable server that speaks ArangoDB's HTTP API: every role as a real process, standard library only.

It is to ArangoDB what DynamoDB Local is to DynamoDB. It calls itself ``arangod-standin`` in its log, in
``/_api/version`` and in ``/_admin/status``, so nobody can take it for the real server.
"""

STANDIN_NAME = "arangod-standin"
STANDIN_VERSION = "0.1.0"
# The ArangoDB release whose HTTP API and command line are followed.
ARANGODB_VERSION = "3.12.10"
