"""Document and object functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ..values import canonical, truth
from .family import Family, invalid_argument, is_number, number_text, text_of

if TYPE_CHECKING:
    from .registry import Function, FunctionContext

    Document = dict[str, Any]


def _expect(value: Any) -> Document:
    if not isinstance(value, dict):
        raise invalid_argument()
    return value


def _attributes(document: Any, without_system: Any = False, sort: Any = False) -> list[str]:
    names = [name for name in _expect(document) if not (truth(without_system) and name.startswith("_"))]
    return sorted(names) if truth(sort) else names


def _values(document: Any, without_system: Any = False) -> list[Any]:
    return [document[name] for name in _attributes(document, without_system)]


def _value(document: Any, path: Any) -> Any:
    if not isinstance(path, list) or not path:
        raise invalid_argument()
    current: Any = _expect(document)
    for step in path:
        if not isinstance(step, str) and not is_number(step):
            raise invalid_argument()
        if isinstance(current, dict):
            current = current.get(text_of(step))
        elif isinstance(current, list) and is_number(step) and -len(current) <= int(step) < len(current):
            current = current[int(step)]
        else:
            return None
    return current


def _has(document: Any, name: Any) -> bool:
    return isinstance(document, dict) and text_of(name) in document


def _merge(*documents: Any, recursive: bool = False) -> Document:
    parts = documents[0] if len(documents) == 1 and isinstance(documents[0], list) else documents
    result: Document = {}
    for part in parts:
        result = _merged(result, _expect(part), recursive=recursive)
    return result


def _merged(left: Document, right: Document, *, recursive: bool) -> Document:
    result = dict(left)
    for name, value in right.items():
        earlier = result.get(name)
        if recursive and isinstance(earlier, dict) and isinstance(value, dict):
            result[name] = _merged(earlier, value, recursive=True)
        else:
            result[name] = value
    return result


def _names(context: FunctionContext, function: str, arguments: tuple[Any, ...]) -> set[str]:
    """Return the attribute names of an argument list: names, numbers, and arrays of names."""
    names: set[str] = set()
    for argument in arguments:
        if isinstance(argument, str):
            names.add(argument)
        elif is_number(argument):
            names.add(number_text(argument))
        elif isinstance(argument, list):
            for item in argument:
                if isinstance(item, str):
                    names.add(item)
                else:
                    context.warn(
                        errors.QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH,
                        f"invalid argument type in call to function '{function}()'",
                    )
    return names


def _selected(document: Document, names: set[str], *, keep: bool, recursive: bool) -> Document:
    return {
        name: _selected(value, names, keep=keep, recursive=True) if recursive and isinstance(value, dict) else value
        for name, value in document.items()
        if (name in names) == keep
    }


def _selector(family: Family, function: str, *, keep: bool, recursive: bool) -> None:
    def call(context: FunctionContext, document: Any, *names: Any) -> Document:
        return _selected(_expect(document), _names(context, function, names), keep=keep, recursive=recursive)

    family.context(function, 2, None, call)


def _matches(context: FunctionContext, document: Any, examples: Any, return_index: Any = False) -> bool | int:
    if not isinstance(document, dict):
        return False
    for index, example in enumerate(examples if isinstance(examples, list) else [examples]):
        if not isinstance(example, dict):
            context.warn(
                errors.QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH,
                "invalid argument type in call to function 'MATCHES()'",
            )
        elif all(canonical(document.get(name)) == canonical(value) for name, value in example.items()):
            return index if truth(return_index) else True
    return -1 if truth(return_index) else False


def _translate(*arguments: Any) -> Any:
    value, lookup = arguments[0], _expect(arguments[1])
    return lookup.get(text_of(value), arguments[2] if len(arguments) == 3 else value)


def _zip(keys: Any, values: Any) -> Document:
    if not isinstance(keys, list) or not isinstance(values, list) or len(keys) != len(values):
        raise invalid_argument()
    result: Document = {}
    for key, value in zip(keys, values, strict=True):
        result.setdefault(text_of(key), value)
    return result


def _identifier(value: Any) -> tuple[str, str]:
    text = value.get("_id") if isinstance(value, dict) else value
    if not isinstance(text, str) or text.count("/") != 1:
        raise invalid_argument()
    collection, _, key = text.partition("/")
    return collection, key


def _parse_identifier(value: Any) -> Document:
    collection, key = _identifier(value)
    return {"collection": collection, "key": key}


def _collection_name(value: Any) -> str:
    text = value.get("_id") if isinstance(value, dict) else value
    return text.partition("/")[0] if isinstance(text, str) else ""


def _is_same_collection(first: Any, second: Any) -> bool:
    left, right = _collection_name(first), _collection_name(second)
    if not left or not right:
        raise invalid_argument()
    return left == right


def _family() -> dict[str, Function]:
    family = Family()
    family.warning("ATTRIBUTES KEYS", 1, 3, _attributes)
    family.warning("VALUES", 1, 2, _values)
    family.warning("VALUE", 2, 2, _value)
    family.warning("ENTRIES", 1, 1, lambda document: [[name, value] for name, value in _expect(document).items()])
    family.plain("HAS", 2, 2, _has)
    family.warning("MERGE", 1, None, _merge)
    family.warning("MERGE_RECURSIVE", 1, None, lambda *documents: _merge(*documents, recursive=True))
    _selector(family, "KEEP", keep=True, recursive=False)
    _selector(family, "KEEP_RECURSIVE", keep=True, recursive=True)
    _selector(family, "UNSET", keep=False, recursive=False)
    _selector(family, "UNSET_RECURSIVE", keep=False, recursive=True)
    family.context("MATCHES", 2, 3, _matches)
    family.warning("TRANSLATE", 2, 3, _translate)
    family.warning("ZIP", 2, 2, _zip)
    family.warning("PARSE_IDENTIFIER", 1, 1, _parse_identifier)
    family.warning("PARSE_COLLECTION", 1, 1, lambda value: _identifier(value)[0])
    family.warning("PARSE_KEY", 1, 1, lambda value: _identifier(value)[1])
    family.warning("IS_SAME_COLLECTION", 2, 2, _is_same_collection)
    return family.functions


FUNCTIONS = _family()
