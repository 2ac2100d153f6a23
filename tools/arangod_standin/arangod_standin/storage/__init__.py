"""Documents in SQLite: collections, keys, revisions, indexes and the evaluation of document operations."""
