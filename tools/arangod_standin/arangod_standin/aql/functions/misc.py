"""Functions of no other family: alternatives, FAIL and ASSERT, CALL and APPLY, revisions, version, schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import ARANGODB_VERSION, errors
from ...errors import ArangoError
from ...storage.clock import decode_stamp
from ..values import compare, truth
from .date_values import iso_text
from .family import Family, invalid_argument, text_of, to_int

if TYPE_CHECKING:
    from .registry import Function, FunctionContext

_COUNT_BITS = 20


def _first_of(*types: type) -> Any:
    return lambda *values: next((value for value in values if type(value) in types), None)


def _fail(*message: Any) -> None:
    text = message[0] if message and isinstance(message[0], str) else ""
    raise ArangoError(errors.QUERY_FAIL_CALLED, f"FAIL({text}) called")


def _assert(condition: Any, message: Any) -> bool:
    if not isinstance(message, str):
        raise invalid_argument()
    if not truth(condition):
        raise ArangoError(errors.QUERY_USER_ASSERT, message)
    return True


def _warn(context: FunctionContext, condition: Any, message: Any) -> bool:
    if not isinstance(message, str):
        raise invalid_argument()
    if not truth(condition):
        context.warn(errors.QUERY_USER_WARN, message)
    return truth(condition)


def _in_range(value: Any, low: Any, high: Any, include_low: Any, include_high: Any) -> bool:
    if not isinstance(include_low, bool) or not isinstance(include_high, bool):
        raise invalid_argument()
    from_low, to_high = compare(value, low), compare(value, high)
    return (from_low > 0 or (include_low and from_low == 0)) and (to_high < 0 or (include_high and to_high == 0))


def _min_match(*arguments: Any) -> bool:
    return sum(truth(value) for value in arguments[:-1]) >= to_int(arguments[-1])


def _decode_rev(revision: Any) -> dict[str, Any]:
    stamp = decode_stamp(revision) if isinstance(revision, str) and len(revision) <= 11 else None
    if stamp is None or not 0 < stamp < 2**64 - 1:
        raise invalid_argument()
    return {"date": iso_text(stamp >> _COUNT_BITS), "count": stamp & (1 << _COUNT_BITS) - 1}


def _call(context: FunctionContext, name: Any, *arguments: Any) -> Any:
    from . import resolve

    if not isinstance(name, str):
        raise ArangoError(
            errors.QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH, "invalid argument type in call to function 'CALL()'"
        )
    if "::" in name:
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: user-defined functions need a JavaScript engine")
    function = resolve(text_of(name).upper(), len(arguments))
    return function.call(context, *arguments) if function.pass_context else function.call(*arguments)


def _apply(context: FunctionContext, name: Any, *arguments: Any) -> Any:
    if arguments and not isinstance(arguments[0], list):
        raise invalid_argument()
    return _call(context, name, *(arguments[0] if arguments else []))


def _version(context: FunctionContext) -> str:
    """Return the version the server reports; a context that does not know it leaves the default."""
    return str(getattr(context, "arangodb_version", None) or ARANGODB_VERSION)


def _schema_validate(document: Any, schema: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise invalid_argument("expecting document object")
    if schema is None or schema == {}:
        return {"valid": True}
    if not isinstance(schema, dict):
        raise ArangoError(errors.BAD_PARAMETER, "second parameter is not a schema object")
    import fastjsonschema

    try:
        fastjsonschema.validate(schema.get("rule", {}), document)
    except fastjsonschema.JsonSchemaValueException as error:
        return {"valid": False, "errorMessage": schema.get("message") or str(error)}
    except fastjsonschema.JsonSchemaDefinitionException as error:
        raise ArangoError(errors.BAD_PARAMETER, f"the schema's rule is invalid: {error}") from None
    return {"valid": True}


def _family() -> dict[str, Function]:
    family = Family()
    family.plain("NOT_NULL", 1, None, lambda *values: next((value for value in values if value is not None), None))
    family.plain("FIRST_LIST", 1, None, _first_of(list))
    family.plain("FIRST_DOCUMENT", 1, None, _first_of(dict))
    family.plain("CHECK_DOCUMENT", 1, 1, lambda value: isinstance(value, dict))
    family.plain("PASSTHRU NOEVAL", 1, 1, lambda value: value)
    family.warning("NOOPT", 1, 1, lambda value: value, deterministic=False)
    family.warning("FAIL", 0, 1, _fail, deterministic=False)
    family.warning("ASSERT", 2, 2, _assert, deterministic=False)
    family.context("WARN", 2, 2, _warn, deterministic=False)
    family.warning("IN_RANGE", 5, 5, _in_range)
    family.plain("MIN_MATCH", 2, None, _min_match)
    family.warning("DECODE_REV", 1, 1, _decode_rev)
    family.context("CALL", 1, None, _call, deterministic=False)
    family.context("APPLY", 1, 2, _apply, deterministic=False)
    family.context("VERSION", 0, 0, _version)
    family.warning("SCHEMA_VALIDATE", 2, 2, _schema_validate)
    return family.functions


FUNCTIONS = _family()
