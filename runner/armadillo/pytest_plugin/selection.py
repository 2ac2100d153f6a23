"""Which cases run: one grammar for `--test_filter` and for names given as arguments.

It takes all dialects of IDEs and people; docs/selecting_and_sharding.md is its specification. A text is, whichever
comes first,

1. a name of a case as a whole, whatever characters its parameters have;
2. `-k EXPRESSION`, or a text with the words `and`, `or`, `not` or with parentheses: a keyword expression as of pytest's
   `-k`, in which a word may be a name of a case, too;
3. a list of terms between spaces or commas. A term with `-` before it takes cases out; `*` and `?` are wildcards.

Names of a case are

    tests/smoke/x_test.py::TestA::test_b[c]   the node id, also without the parameters
    tests/smoke, tests/smoke/x_test.py, x_test.py, x_test
    TestA, test_b, TestA.test_b, TestA::test_b, TestA#test_b, x_test.TestA.test_b
    tests.smoke.x_test.TestA.test_b           or a part of it from the left

and a word that is none of these for any case chooses the cases in whose node id it is.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .node_ids import class_name_of, module_of, name_of, split_node_id, without_parameters

PAGE = "docs/selecting_and_sharding.md"
"""The grammar as users read it."""

_KEYWORDS_FOLLOW = re.compile(r"-k(?:\s+|=)")
_EXPRESSION = re.compile(r"[()]|(?:^|\s)(?:and|or|not)(?:\s|$)")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_SEPARATOR = re.compile(r"[\s,]+(?![^\[\]]*\])")  # not inside the brackets of parameters
_BARE_WORD = re.compile(r"[\w.+-]+")
_REGULAR = re.compile(r"[\^$\\|+]|\.\*")
_MOST_NEAREST = 5

Evaluate = Callable[[str], set[str]]
"""Answers the node ids for which a keyword expression holds; raises SyntaxError for what is none."""


@dataclass
class Choice:
    """The node ids that were asked for, and what was asked for in vain: such a request is never fulfilled."""

    chosen: set[str]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was to be taken out and is not there: more is run than was wanted, so nothing is passed over."""


def choose(texts: Sequence[str], node_ids: Sequence[str], evaluate: Evaluate) -> Choice:
    """What the texts ask for together: all that any of them wants, without what any of them takes out."""
    names = {node_id: names_of_case(node_id) for node_id in node_ids}
    wanted: list[str] = []
    unwanted: list[str] = []
    choice = Choice(set())
    has_expression = False
    for text in filter(None, map(str.strip, texts)):
        if any(text in of_case for of_case in names.values()):
            wanted.append(text)
        elif is_keyword_expression(text):
            has_expression = True
            _choose_by_keywords(text, node_ids, evaluate, choice)
        else:
            terms = terms_of(text)
            wanted += [term for term in terms if not term.startswith("-")]
            unwanted += [term[1:] for term in terms if term.startswith("-")]
    for term in wanted:
        found = _matches(term, names)
        choice.chosen |= found
        if not found:
            choice.problems.append(_in_vain(term, [term], node_ids))
    if not wanted and not has_expression:
        choice.chosen = set(node_ids)
    left = set(choice.chosen)
    for term in unwanted:
        found = _matches(term, names)
        left -= found
        if not found:
            choice.notes.append(f"there is nothing to take out by -{term}; nearest: {_near([term], node_ids)}")
    if choice.chosen and not left:
        choice.problems.append(f"nothing is left when {', '.join(map(repr, unwanted))} is taken out")
    choice.chosen = left
    return choice


def is_keyword_expression(text: str) -> bool:
    """Whether a text is meant as for pytest's `-k`; what parameters look like does not matter."""
    return bool(_KEYWORDS_FOLLOW.match(text) or _EXPRESSION.search(_BRACKETS.sub("", text)))


def terms_of(text: str) -> list[str]:
    """The terms of a text that is no keyword expression."""
    return [term for term in _SEPARATOR.split(text) if term.strip("-")]


def names_of_case(node_id: str) -> set[str]:
    """All names by which a term can mean a case."""
    path, classes, _ = split_node_id(node_id)
    file = os.path.basename(path)
    functions = {name_of(node_id), name_of(without_parameters(node_id))}
    names = {node_id, without_parameters(node_id), path, file, file.removesuffix(".py"), module_of(path), *functions}
    names.add(class_name_of(node_id))
    folders = path.split("/")[:-1]
    names.update("/".join(folders[: count + 1]) for count in range(len(folders)))
    dotted = module_of(path).split(".")
    names.update(".".join(dotted[: count + 1]) for count in range(len(dotted)))
    for function in functions:
        names.update({f"{class_name_of(node_id)}.{function}", f"{file}::{'::'.join([*classes, function])}"})
        names.add(".".join([file.removesuffix(".py"), *classes, function]))
        if classes:
            names.update({f"{classes[-1]}.{function}", f"{'::'.join(classes)}::{function}"})
            names.update({f"{classes[-1]}#{function}", f"{class_name_of(node_id)}#{function}"})
    if classes:
        in_file = "::".join(classes)
        names.update({classes[-1], in_file, f"{path}::{in_file}", f"{file}::{in_file}"})
    return names


def nearest_names(terms: Sequence[str], node_ids: Sequence[str]) -> list[str]:
    """What somebody may have meant by terms that choose nothing."""
    by_name = {name: node_id for node_id in node_ids for name in names_of_case(node_id)}
    found: list[str] = []
    for term in terms:
        for name in difflib.get_close_matches(term, by_name, n=_MOST_NEAREST, cutoff=0.4):
            if by_name[name] not in found:
                found.append(by_name[name])
    return (found or list(node_ids))[:_MOST_NEAREST]


def _choose_by_keywords(text: str, node_ids: Sequence[str], evaluate: Evaluate, choice: Choice) -> None:
    expression = _KEYWORDS_FOLLOW.sub("", text, count=1)
    try:
        found = evaluate(expression)
    except SyntaxError as error:
        choice.problems.append(f"{text!r} is no keyword expression ({error.msg}).{_hint(text)}")
        return
    choice.chosen |= found
    if not found:
        words = [word for word in re.split(r"[()\s]+", expression) if word not in ("", "and", "or", "not")]
        choice.problems.append(_in_vain(text, words, node_ids))


def _in_vain(text: str, words: Sequence[str], node_ids: Sequence[str]) -> str:
    return f"no case fits {text!r}; nearest: {_near(words, node_ids)}.{_hint(text)}"


def _near(words: Sequence[str], node_ids: Sequence[str]) -> str:
    return ", ".join(nearest_names(words, node_ids))


def _hint(text: str) -> str:
    if _REGULAR.search(_BRACKETS.sub("", text)):
        return f" Regular expressions are not understood: * and ? are wildcards, {PAGE} has the grammar"
    return f" {PAGE} has the grammar"


def _matches(term: str, names: Mapping[str, set[str]]) -> set[str]:
    exact = {node_id for node_id, of_case in names.items() if fits(term, of_case)}
    if exact or not _BARE_WORD.fullmatch(term) or term.endswith(".py"):
        return exact
    return {node_id for node_id in names if term in node_id}


def fits(term: str, names: set[str]) -> bool:
    """Whether a term is one of the names of a case."""
    if term in names:
        return True
    if not set("*?").intersection(term):
        return False
    pattern = term.replace("[", "[[]")  # brackets are parameters here, not sets of characters
    return any(fnmatchcase(name, pattern) for name in names)
