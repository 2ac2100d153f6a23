"""Frozen nouns of a run, read from the spec that the rules wrote; no I/O but the reading of that one file."""
