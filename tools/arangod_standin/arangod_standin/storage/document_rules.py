"""What a collection demands of its documents and adds to them: schema and computed values.

Definitions are checked when a collection is made or changed; `rules_of` compiles them once per collection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import Callable

    Validate = Callable[[Any], Any]

_LEVELS = ("none", "new", "moderate", "strict")
_EVENTS = ("insert", "update", "replace")
_SYSTEM = ("_key", "_id", "_rev", "_from", "_to")


def _bad_schema(message: str) -> ArangoError:
    return ArangoError(errors.VALIDATION_BAD_PARAMETER, message)


def check_schema(schema: Any) -> dict[str, Any] | None:
    """Return a complete schema definition, None for none. Raises ArangoError 400/1621."""
    if schema is None or schema == {}:
        return None
    if not isinstance(schema, dict):
        raise _bad_schema("Schema description is not an object.")
    rule = schema.get("rule")
    if not isinstance(rule, dict):
        raise _bad_schema("No valid schema in rule attribute given (no object).")
    level = schema.get("level", "strict")
    if level not in _LEVELS:
        raise _bad_schema(f"Valid validation levels are: {', '.join(_LEVELS)}")
    message = schema.get("message", "")
    if not isinstance(message, str):
        raise _bad_schema("Given validation message is invalid. It must be of type String.")
    kind = schema.get("type", "json")
    if kind != "json":
        raise _bad_schema(f"Unknown schema type '{kind}': expected json")
    _compile_schema(rule)
    return {"level": level, "message": message, "rule": rule, "type": kind}


def _refuse_reference(uri: str) -> Any:
    raise _bad_schema(f"The schema refers to {uri}; nothing is fetched from elsewhere")


def _compile_schema(rule: dict[str, Any]) -> Validate:
    # imported here, since most servers never see a schema
    import fastjsonschema

    handlers = dict.fromkeys(("http", "https", "file", "ftp", ""), _refuse_reference)
    try:
        compiled: Validate = fastjsonschema.compile(rule, handlers=handlers, use_default=False)
    except ArangoError:
        raise
    except Exception as error:
        # the library raises its own error for a bad definition, but others for definitions it does not expect
        raise _bad_schema(f"Error when validating schema: {error}") from None
    return compiled


def check_computed_values(definitions: Any, shard_keys: list[str]) -> list[dict[str, Any]] | None:
    """Return complete definitions of computed values, None for none. Raises ArangoError 400/10, 1501."""
    if definitions is None or definitions == []:
        return None
    if not isinstance(definitions, list):
        raise ArangoError(errors.BAD_PARAMETER, "'computedValues' must be an array")
    found = [_check_computed_value(definition, shard_keys) for definition in definitions]
    if len({definition["name"] for definition in found}) != len(found):
        raise ArangoError(errors.BAD_PARAMETER, "'computedValues' has two definitions of one attribute")
    return found


def _check_computed_value(definition: Any, shard_keys: list[str]) -> dict[str, Any]:
    if not isinstance(definition, dict):
        raise ArangoError(errors.BAD_PARAMETER, "each of 'computedValues' must be an object")
    name, expression = definition.get("name"), definition.get("expression")
    if not isinstance(name, str) or not name or name in _SYSTEM or name in shard_keys:
        raise ArangoError(errors.BAD_PARAMETER, f"invalid 'computedValues' entry: '{name}' cannot be computed")
    if not isinstance(expression, str):
        raise ArangoError(errors.BAD_PARAMETER, "invalid 'computedValues' entry: 'expression' must be a string")
    moments = definition.get("computeOn", list(_EVENTS))
    if not isinstance(moments, list) or not moments or not all(moment in _EVENTS for moment in moments):
        raise ArangoError(
            errors.BAD_PARAMETER, f"invalid 'computedValues' entry: 'computeOn' must be some of {', '.join(_EVENTS)}"
        )
    flags: dict[str, bool] = {}
    for flag, default in (("overwrite", None), ("failOnWarning", False), ("keepNull", True)):
        value = definition.get(flag, default)
        if not isinstance(value, bool):
            raise ArangoError(errors.BAD_PARAMETER, f"invalid 'computedValues' entry: '{flag}' must be a boolean")
        flags[flag] = value
    from .computed_values import compile_expression

    compile_expression(expression)
    return {"name": name, "expression": expression, "computeOn": moments, **flags}


class DocumentRules:
    """The compiled schema and computed values of one collection."""

    def __init__(self, schema: dict[str, Any] | None, computed: list[dict[str, Any]] | None) -> None:
        self.schema = schema
        self.computed = computed
        self._validate: Validate | None = None
        if schema is not None and schema["level"] != "none":
            self._validate = _compile_schema(schema["rule"])
        self._expressions: list[Any] = []
        if computed:
            from .computed_values import compile_expression

            self._expressions = [compile_expression(definition["expression"]) for definition in computed]

    def compute(self, event: str, document: dict[str, Any], body: dict[str, Any]) -> None:
        """Set the computed attributes of `body`; `document` is the same with system attributes, as ``@doc``.

        All expressions see the document as it was before. Raises ArangoError when a definition fails on warnings.
        """
        for definition, expression in zip(self.computed or (), self._expressions, strict=True):
            name = definition["name"]
            if event not in definition["computeOn"] or (name in body and not definition["overwrite"]):
                continue
            value, warnings = expression(document)
            if warnings and definition["failOnWarning"]:
                raise ArangoError(
                    warnings[0]["code"], f"computed values expression evaluation: {warnings[0]['message']} for '{name}'"
                )
            if value is None and not definition["keepNull"]:
                body.pop(name, None)
            else:
                body[name] = value

    def _is_valid(self, body: dict[str, Any]) -> bool:
        import fastjsonschema

        assert self._validate is not None
        try:
            self._validate({name: value for name, value in body.items() if name not in _SYSTEM})
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    def validate(self, body: dict[str, Any], old: dict[str, Any] | None) -> None:
        """Check a new document, or a changed one against what it was. Raises ArangoError 400/1620."""
        if self._validate is None or self.schema is None:
            return
        level = self.schema["level"]
        if (old is not None and level == "new") or self._is_valid(body):
            return
        if old is not None and level == "moderate" and not self._is_valid(old):
            return
        raise ArangoError(errors.VALIDATION_FAILED, self.schema["message"] or None)


_rules: dict[str, DocumentRules] = {}


def rules_of(collection_id: str, properties: dict[str, Any]) -> DocumentRules | None:
    """Return the rules of a collection, None when it has none; they are compiled again only when they changed."""
    schema, computed = properties.get("schema"), properties.get("computedValues")
    if not schema and not computed:
        return None
    found = _rules.get(collection_id)
    if found is None or found.schema is not schema or found.computed is not computed:
        found = _rules[collection_id] = DocumentRules(schema, computed)
    return found
