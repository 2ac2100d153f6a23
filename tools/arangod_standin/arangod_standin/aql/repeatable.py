"""Which expressions and queries give the same value again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import functions
from .ast_walk import walk

if TYPE_CHECKING:
    from .ast import Expression, Query

# Functions that need the database -> the number of arguments they take. The executor answers them.
DATABASE_FUNCTIONS = {
    "DOCUMENT": (1, 2), "SLEEP": (1, 1), "COLLECTIONS": (0, 0), "COLLECTION_COUNT": (1, 1), "CURRENT_DATABASE": (0, 0),
    "CURRENT_USER": (0, 0), "SCHEMA_GET": (1, 1), "NEAR": (3, 5), "WITHIN": (4, 5), "WITHIN_RECTANGLE": (5, 6),
    "FULLTEXT": (3, 4), "PREGEL_RESULT": (1, 2), "V8": (1, 1), "SHARD_ID": (2, 2),
}  # fmt: skip


def is_repeatable(thing: Expression | Query) -> bool:
    """Say whether an expression or query gives the same again, as long as the collections it names stay the same."""
    for node in walk(thing):
        if node[0] == "call" and len(node) == 3:
            function = functions.find(node[1])
            if node[1] in DATABASE_FUNCTIONS or function is None or not function.deterministic:
                return False
    return True
