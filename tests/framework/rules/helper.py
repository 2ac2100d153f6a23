"""A Python file whose name is not that of a test."""
