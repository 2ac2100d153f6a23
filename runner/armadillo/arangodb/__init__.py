"""What Armadillo knows of ArangoDB: command lines, start order, readiness, exit codes, tokens and HTTP."""
