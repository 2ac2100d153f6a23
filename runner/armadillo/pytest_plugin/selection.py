"""Which cases run: `--test_filter`, names given as arguments, and shards.

One grammar for all dialects of IDEs and people. A filter with the words `and`, `or`, `not` or with parentheses is a
keyword expression as of pytest's `-k`. Any other is a list of terms between spaces or commas; a term with `-` before it
takes cases out. A term is, with `*` and `?` as wildcards, one of

    tests/smoke/x_test.py::TestA::test_b[c]   the node id, also without the parameters
    tests/smoke/x_test.py, x_test.py, x_test  the file
    TestA, test_b, TestA.test_b, TestA::test_b
    tests.smoke.x_test.TestA.test_b           or a part of it from the left

and, when it is none of these for any case, a part of the node id.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from .node_ids import class_name_of, module_of, name_of, split_node_id, without_parameters

_EXPRESSION = re.compile(r"[()]|(?:^|\s)(?:and|or|not)(?:\s|$)")
_SEPARATOR = re.compile(r"[\s,]+(?![^\[\]]*\])")  # not inside the brackets of parameters
_MOST_NEAREST = 5


def is_keyword_expression(text: str) -> bool:
    """Whether the filter is for pytest's `-k`."""
    return bool(_EXPRESSION.search(text))


def terms_of(text: str) -> list[str]:
    """The terms of a filter that is no keyword expression."""
    return [term for term in _SEPARATOR.split(text) if term]


def select(node_ids: Sequence[str], terms: Sequence[str]) -> set[str]:
    """The node ids that the terms choose; without a positive term all but what is taken out."""
    wanted = [term for term in terms if not term.startswith("-")]
    unwanted = [term[1:] for term in terms if term.startswith("-")]
    chosen = set(node_ids) if not wanted else set().union(*(_matches(term, node_ids) for term in wanted))
    return chosen.difference(*(_matches(term, node_ids) for term in unwanted))


def names_of_case(node_id: str) -> set[str]:
    """All names by which a term can mean a case."""
    path, classes, _ = split_node_id(node_id)
    stem = os.path.basename(path).removesuffix(".py")
    functions = {name_of(node_id), name_of(without_parameters(node_id))}
    names = {node_id, without_parameters(node_id), path, os.path.basename(path), stem, module_of(path), *functions}
    names.add(class_name_of(node_id))
    for function in functions:
        names.add(f"{class_name_of(node_id)}.{function}")
        if classes:
            names.update({f"{classes[-1]}.{function}", f"{'::'.join(classes)}::{function}"})
    if classes:
        names.update({classes[-1], "::".join(classes), f"{path}::{'::'.join(classes)}"})
    return names


def nearest_names(terms: Sequence[str], node_ids: Sequence[str]) -> list[str]:
    """What somebody may have meant by terms that choose nothing."""
    by_name = {name: node_id for node_id in node_ids for name in names_of_case(node_id)}
    found: list[str] = []
    for term in terms:
        for name in difflib.get_close_matches(term.lstrip("-"), by_name, n=_MOST_NEAREST, cutoff=0.4):
            if by_name[name] not in found:
                found.append(by_name[name])
    return (found or list(node_ids))[:_MOST_NEAREST]


def shard_of(node_ids: Sequence[str], index: int, total: int) -> set[str]:
    """Every `total`-th case from `index` on, in the order of collection."""
    return set(node_ids[index::total]) if total > 1 else set(node_ids)


def _matches(term: str, node_ids: Sequence[str]) -> set[str]:
    # Brackets are parameters here, not sets of characters.
    pattern = term.replace("[", "[[]")
    exact = {node_id for node_id in node_ids if any(fnmatchcase(name, pattern) for name in names_of_case(node_id))}
    return exact or {node_id for node_id in node_ids if term in node_id}
