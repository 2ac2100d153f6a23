"""docs/reference/rules.md: rules, providers, repositories and flags."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

from .docstring import docstring_of
from .starlark_file import Attribute, Extension, Provider, Rule, StarlarkFiles, rule_behind
from .tables import MADE, table

# A macro sets it; BUILD files do not.
_INTERNAL = "given"
_KINDS = {
    "bool": "bool",
    "int": "int",
    "label": "label",
    "label_list": "list of labels",
    "string": "string",
    "string_dict": "dict of strings",
    "string_list": "list of strings",
    "string_list_dict": "dict of lists of strings",
}
_EMPTY = {"bool": "False", "int": "0", "string": '""', "string_dict": "{}", "string_list_dict": "{}"}
# Attributes that several rules share have a table of their own: title -> file and name of the dictionary.
_SHARED = {
    "Attributes of a topology": ("rules/private/topology.bzl", "TOPOLOGY_ATTRIBUTES"),
    "Attributes about what counts, and how a run is watched": ("rules/private/policy.bzl", "POLICY_ATTRIBUTES"),
}


def rules_page(root: Path) -> str:
    """The whole page."""
    files = StarlarkFiles(root)
    shared = {title: files.globals_of(path)[name] for title, (path, name) in _SHARED.items()}
    public = files.public("rules/defs.bzl")
    parts = ["# Reference: rules, providers, repositories, flags\n", MADE.format(source="the docstrings in `rules/`")]
    parts.append('## Rules\n\n    load("@armadillo//rules:defs.bzl", "arangodb_test")\n')
    parts += [_callable(name, one, shared) for name, one in public.items() if name.startswith("arangodb_")]
    for title, attributes in shared.items():
        parts += [f"## {title}\n", _attribute_table(attributes)]
    parts.append("## For rules of your own\n\nHow to use them: [building on Armadillo](../extending.md).\n")
    parts += [_other(name, one) for name, one in public.items() if not name.startswith("arangodb_")]
    parts += [*_repositories(files), _flags(root)]
    return "\n".join(parts)


def _callable(name: str, one: Any, shared: Mapping[str, Mapping[str, Attribute]]) -> str:
    """A rule, or a macro with the attributes of the rule behind it."""
    if isinstance(one, Rule):
        return "\n".join([f"### {name}\n", one.doc + "\n", _attribute_table(one.attributes)])
    rule = rule_behind(one)
    doc = docstring_of(one)
    parts = [f"### {name}\n", doc.text + "\n"]
    arguments = {word: text for word, text in doc.arguments.items() if not (rule and word.startswith("*"))}
    parts.append(table(["argument", "meaning"], [(f"`{word}`", text) for word, text in arguments.items()]))
    if rule is None:
        return "\n".join(parts)
    own = {word: one for word, one in rule.attributes.items() if word not in arguments and word != _INTERNAL}
    taken = [title for title, group in shared.items() if any(one in group.values() for one in own.values())]
    for title in taken:
        lacking = [word for word in shared[title] if word not in own]
        but = f" But {', '.join(f'`{word}`' for word in lacking)}." if lacking else ""
        parts.append(f"And: {title[0].lower()}{title[1:]}, below.{but}\n")
        own = {word: one for word, one in own.items() if one not in shared[title].values()}
    parts += [_attribute_table(own)] if own else []
    return "\n".join(parts)


def _attribute_table(attributes: Mapping[str, Attribute]) -> str:
    rows = [
        (f"`{name}`", _KINDS.get(one.kind, one.kind), _default(one), one.doc)
        for name, one in sorted(attributes.items())
        if not name.startswith("_") and name != _INTERNAL
    ]
    return table(["attribute", "type", "default", "meaning"], rows)


def _default(one: Attribute) -> str:
    if one.mandatory:
        return "*required*"
    if one.default is None:
        return f"`{_EMPTY.get(one.kind, '[]' if one.kind.endswith('_list') else 'None')}`"
    if isinstance(one.default, str):
        text = one.default.replace("//rules", "@armadillo//rules") if one.kind == "label" else one.default
        return f'`"{text}"`'
    return f"`{one.default!r}`"


def _other(name: str, one: Any) -> str:
    """A provider, a function, or a dictionary of attributes."""
    if isinstance(one, Provider):
        rows = [(f"`{word}`", text) for word, text in one.fields.items()]
        return "\n".join([f"### {name}\n", one.doc + "\n", table(["field", "what it is"], rows)])
    if isinstance(one, dict):
        words = [f"`{word}`" for word in sorted(one) if not word.startswith("_")]
        return f"### {name}\n\nAttributes for a rule of your own: {', '.join(words)}.\n"
    doc = docstring_of(one)
    rows = [(f"`{word}`", text) for word, text in doc.arguments.items()]
    return "\n".join(
        [f"### {name}\n", doc.text + "\n", table(["argument", "meaning"], rows), f"Returns {doc.returns}\n"]
    )


def _repositories(files: StarlarkFiles) -> Iterator[str]:
    yield '## Repositories, by WORKSPACE\n\n    load("@armadillo//rules:repositories.bzl", "armadillo_dependencies")\n'
    for name, one in files.public("rules/repositories.bzl").items():
        if isinstance(one, FunctionType):
            doc = docstring_of(one)
            rows = [(f"`{word}`", text) for word, text in doc.arguments.items()]
            yield "\n".join(
                [f"### {name}\n", doc.text + "\n", *([table(["argument", "meaning"], rows)] if rows else [])]
            )
        elif isinstance(one, Rule) and name.startswith("armadillo_"):
            yield _callable(name, one, {})
    yield '## Repositories, by MODULE.bazel\n\n    use_extension("@armadillo//rules:extensions.bzl", "arangodb")\n'
    for name, one in files.public("rules/extensions.bzl").items():
        if isinstance(one, Extension):
            for tag, rule in one.tag_classes.items():
                yield _callable(f"{name}.{tag}", rule, {})


def _flags(root: Path) -> str:
    """Flags are targets of rules/BUILD.bazel; the comment above each says what it is for."""
    text = (root / "rules/BUILD.bazel").read_text(encoding="utf-8")
    lines = text.splitlines()
    parts = ["## Flags\n"]
    for node in ast.parse(text).body:
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("_flag"):
            continue
        words = {one.arg: ast.literal_eval(one.value) for one in call.keywords}
        first = node.lineno - 1
        while lines[first - 1].startswith("#"):
            first -= 1
        comment = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[first : node.lineno - 1])
        prose, _, example = comment.partition("\n  ")
        parts += [
            f"### --@armadillo//rules:{words['name']}\n",
            prose + ("\n\n    " + example.strip() if example else ""),
        ]
        parts.append(f"\nIts default is `@armadillo{words['build_setting_default']}`.\n")
    return "\n".join(parts)
