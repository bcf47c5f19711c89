"""What is wrong with the values of a class, in words: which key, which value, what is allowed, what was meant. Pure."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jsonschema import ValidationError

#: What JSON Schema calls a type, as a person does.
_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "keys of its own",
    "string": "a text",
}


def error(file: str, found: Iterable[ValidationError]) -> LabError | None:
    """Return the error for what a schema has found, or None where it is nothing.

    Parameters
    ----------
    file
        The file with the values, as it was named.
    found
        What is wrong, as jsonschema says it.
    """
    said = list({sentence: remedy for each in _in_order(found) for sentence, remedy in _told(each)}.items())
    if not said:
        return None
    (first, remedy), rest = said[0], said[1:]
    return LabError(f"{file}: {first}", remedy=remedy, detail="\n".join(sentence for sentence, _ in rest))


#: A sentence that says what is wrong, and what to do about it.
_Told = tuple[str, str]
_COMPARE = "compare it with classroom/values.yaml"
_BOUNDS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}


def _in_order(found: Iterable[ValidationError]) -> list[ValidationError]:
    """Return what is wrong by where it stands; at one place in the schema's order, which has unknown keys first."""
    return sorted(found, key=lambda each: key_of(each.absolute_path))


def _told(found: ValidationError) -> list[_Told]:
    """Return what is wrong as sentences, each with what to do."""
    where, value, rule = key_of(found.absolute_path), found.instance, found.validator_value
    match found.validator:
        case "additionalProperties" if rule is False:
            known = list(found.schema.get("properties", ()))
            return [_unknown(where, key, known) for key in value if key not in known]
        case "required":
            missing = [key for key in rule if key not in value]
            return [(f"{_join(where, key)} is missing.", f"add it: {key}: …") for key in missing]
        case "oneOf":
            return _of_several(found)
        case _:
            return [_of_value(found, where)]


def _of_value(found: ValidationError, where: str) -> _Told:
    """Return what is wrong with one value."""
    value, rule, about = found.instance, found.validator_value, _about(found.schema)
    is_shown = f"{where} is {_shown(value)}"
    if "propertyNames" in found.absolute_schema_path:
        what = "is no class of JupyterHub's: those begin with a capital letter"
        told = f"{_join(where, str(value))} {what}.", f"{where}: {{Authenticator: {{…}}}}, for instance"
    elif found.validator == "enum":
        near = difflib.get_close_matches(str(value), rule, 1)
        told = f"{is_shown}; it is one of: {', '.join(rule)}.", f"{_last(where)}: {near[0] if near else rule[0]}"
    elif found.validator == "type":
        wanted = " or ".join(_TYPES[each] for each in ([rule] if isinstance(rule, str) else rule))
        told = f"{is_shown}; it takes {wanted}{about}.", _quoted(value, rule)
    elif found.validator in _BOUNDS:
        told = f"{is_shown}; it is {_BOUNDS[found.validator]} {rule}.", f"another number for {where}"
    elif found.validator in {"minItems", "minProperties", "minLength"}:
        told = f"{where} is empty{about}.", "leave it out: then what classroom/values.yaml says holds"
    else:
        told = f"{is_shown}, which is no value for it{about}.", _COMPARE
    return told


def key_of(path: Iterable[str | int]) -> str:
    """Return a path into the values as one writes it: ``scheduling.userPods.tolerations[0]``."""
    said = ""
    for step in path:
        said = f"{said}[{step}]" if isinstance(step, int) else _join(said, step)
    return said


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _last(where: str) -> str:
    return where.rsplit(".", 1)[-1]


def _unknown(where: str, key: object, known: Sequence[str]) -> _Told:
    said = _join(where, str(key))
    near = difflib.get_close_matches(str(key), known, 1)
    if near:
        return f"there is no key {said!r}.", f"did you mean {_join(where, near[0])!r}?"
    return f"there is no key {said!r}.", f"{f'in {where} ' if where else ''}there are: {', '.join(known)}"


def _of_several(found: ValidationError) -> list[_Told]:
    """Return what is wrong with the one of several forms that was meant: the one of the value's own type."""
    nearer = [each for each in found.context or () if each.validator != "type" or each.relative_path]
    if nearer:
        return [sentence for each in _in_order(nearer) for sentence in _told(each)]
    where = key_of(found.absolute_path)
    types = " or ".join(_TYPES[each["type"]] for each in found.validator_value)
    return [(f"{where} is {_shown(found.instance)}; it takes {types}.", _COMPARE)]


def _about(schema: dict[str, Any]) -> str:
    said = str(schema.get("description", "")).rstrip(".")
    return f" ({said})" if said else ""


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "keys of its own"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool | int | float) else str(value)


def _quoted(value: object, wanted: object) -> str:
    if wanted == "string" and isinstance(value, bool):
        return "write it in quotes: without, YAML takes yes, no, true and false for no texts"
    if wanted == "string" and isinstance(value, int | float):
        return f'write it in quotes: "{value}"'
    return _COMPARE
