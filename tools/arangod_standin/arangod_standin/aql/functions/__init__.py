"""The AQL function library: families of functions, each imported when a query first needs one of them.

A family is a module here with a dictionary ``FUNCTIONS`` of name -> `Function`. Functions that need the database
(DOCUMENT, COLLECTIONS, SLEEP, ...) are not here: the executor answers them.
"""

from __future__ import annotations

from importlib import import_module

from ... import errors
from ...errors import ArangoError
from .names import MODULE_OF, NOT_THERE
from .registry import Function, FunctionContext

__all__ = ["FUNCTIONS", "Function", "FunctionContext", "find", "resolve"]

FUNCTIONS: dict[str, Function] = {}
"""The functions that were loaded so far, by upper-case name."""


def find(name: str) -> Function | None:
    """Return a function by its upper-case name, or None if there is none.

    Raises ArangoError 9 for a function of ArangoDB that the stand-in does not have.
    """
    if name not in FUNCTIONS and name in MODULE_OF:
        FUNCTIONS.update(import_module(f".{MODULE_OF[name]}", __name__).FUNCTIONS)
    if name in NOT_THERE:
        raise ArangoError(errors.NOT_IMPLEMENTED, f"arangod-standin: {name}() {NOT_THERE[name]}")
    return FUNCTIONS.get(name)


def resolve(name: str, argument_count: int) -> Function:
    """Return a function by name. Raises ArangoError 1540 for an unknown one, 1541 for a wrong number of arguments."""
    found = find(name)
    if found is None:
        raise ArangoError(errors.QUERY_FUNCTION_NAME_UNKNOWN, f"usage of unknown function '{name}()'")
    if argument_count < found.minimum or (found.maximum is not None and argument_count > found.maximum):
        most = 65536 if found.maximum is None else found.maximum
        raise ArangoError(
            errors.QUERY_FUNCTION_ARGUMENT_NUMBER_MISMATCH,
            f"invalid number of arguments for function '{name}()', expected number of arguments: minimum:"
            f" {found.minimum}, maximum: {most}",
        )
    return found
