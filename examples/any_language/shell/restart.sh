#!/bin/bash
# Documents survive a crash of their server: curl for requests, armadilloctl for the server.
set -euo pipefail

if ! command -v curl >/dev/null; then
    echo '<testsuite name="restart"><testcase name="all"><skipped message="there is no curl here"/></testcase></testsuite>' \
        >"$XML_OUTPUT_FILE"
    exit 0
fi

arango() { # arango METHOD PATH [BODY]
    curl --silent --show-error --fail --user "$ARANGO_USERNAME:$ARANGO_PASSWORD" \
        --request "$1" "$ARANGO_ENDPOINT$2" ${3:+--data "$3"}
}

arango POST /_api/collection '{"name": "people"}'
arango POST '/_api/document/people?waitForSync=true' '{"_key": "ada", "born": 1815}'

armadilloctl kill single-1
if arango GET /_api/version; then
    echo "a dead server answered"
    exit 1
fi
armadilloctl start single-1 # returns when it is ready

arango GET /_api/document/people/ada | grep '"born":1815'
