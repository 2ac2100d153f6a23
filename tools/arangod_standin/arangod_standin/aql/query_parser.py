"""The old place of `parser`."""

from .parser import ParsedQuery, parse_query

__all__ = ["ParsedQuery", "parse_query"]
