"""The values of a class: read from ``values.yaml``, completed with those of ``classroom/values.yaml``, and checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from labkit import paths
from labkit.classroom import machine_addresses, roster, wrong_values
from labkit.cluster import tls
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = paths.REPO / "classroom"
#: What holds where nothing else is said, and an example of the rest.
DEFAULTS = FOLDER / "values.yaml"
SCHEMA = FOLDER / "values.schema.json"

#: Settings of JupyterHub, OAuthenticator and their like that hold what nobody else may know.
_SECRET = ("secret", "token", "password", "passphrase", "private_key", "keys")
#: Units of JupyterHub's amounts of memory, in bytes (jupyterhub/traitlets.py, ByteSpecification).
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one class, complete and checked.

    Attributes
    ----------
    learners
        All who have a lab, in the order of the file; instructors at the end.
    instructors
        Those of them who see and stop everybody's server.
    settings
        Everything else, in the form of ``classroom/values.yaml``.
    """

    learners: tuple[str, ...]
    instructors: tuple[str, ...]
    settings: Mapping[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads YAML as it is meant: a key that stands there twice is a mistake, and not its last value."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[Any, int] = {}
        for key_node, _ in node.value:
            key, line = self.construct_object(key_node, deep=True), key_node.start_mark.line + 1
            if key in seen:
                raise LabError(
                    f"line {line}: the key {key!r} stands there twice, first in line {seen[key]}.",
                    remedy="put what belongs below it into one place",
                )
            seen[key] = line
        return super().construct_mapping(node, deep)


def read(file: Path = DEFAULTS) -> Values:
    """Return the values of a file.

    Parameters
    ----------
    file
        The kit's own ``classroom/values.yaml`` when not given.

    Raises
    ------
    LabError
        If it can't be read, or something in it is not as it should be: with the key, the value, and what is allowed.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise LabError(
            f"{file} can't be read: {error.strerror}.",
            remedy=f"labkit class render --values FILE OUT; {DEFAULTS} is an example",
        ) from error
    except UnicodeDecodeError as error:
        raise LabError(f"{file} is no text in UTF-8 (byte {error.start}).", remedy="save it as UTF-8") from error
    said = parse(text, str(file))
    learners = said["learners"]
    found = roster.read_csv(file.parent / learners["csv"]) if isinstance(learners, dict) else roster.listed(learners)
    return complete(said, found, str(file))


def parse(text: str, file: str) -> dict[str, Any]:
    """Return what a file says, checked by the schema and not completed yet (pure).

    Parameters
    ----------
    text
        The file's.
    file
        Its name, for messages.
    """
    try:
        said = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "it"
        raise LabError(
            f"{file} is no YAML: {where}: {getattr(error, 'problem', None) or error}.",
            remedy="look at that line, and at the one before it: a blank too many, a quote that is missing",
        ) from error
    except LabError as error:
        raise LabError(f"{file}: {error.problem}", remedy=error.remedy) from error
    if said is None:
        said = {}
    if not isinstance(said, dict):
        raise LabError(f"{file} has no keys.", remedy=f"compare it with {DEFAULTS}")
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - takes a moment, and only a class needs it

    schema = _schema()
    pruned: dict[str, Any] = _without_empty(said, schema)
    if wrong := wrong_values.error(file, Draft202012Validator(schema).iter_errors(pruned)):
        raise wrong
    return pruned


def complete(said: Mapping[str, Any], found: list[tuple[str, str]], file: str) -> Values:
    """Return a file's values with the defaults for all that it does not say (pure, but for the defaults' own file).

    Parameters
    ----------
    said
        What the file says.
    found
        Its learners, each with where they stand.
    file
        Its name, for messages.
    """
    try:
        learners = roster.checked(found)
        settings = _merged(_defaults(), said, _schema())
        instructors = _instructors(settings)
        _look_at(settings)
    except LabError as error:
        raise LabError(f"{file}: {error.problem}", remedy=error.remedy, detail=error.detail) from error
    others = tuple(name for name in instructors if name not in learners)
    return Values((*learners, *others), instructors, settings)


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


@cache
def _defaults() -> dict[str, Any]:
    """Return the kit's own values, without the learners of the example."""
    defaults = parse(DEFAULTS.read_text(encoding="utf-8"), str(DEFAULTS))
    del defaults["learners"]
    return defaults


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        found: Mapping[str, Any] = _schema()["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return found
    return schema


def _without_empty(said: Any, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Leave out the keys below which nothing stands, such as ``hub:`` with a comment only."""
    properties = _resolved(schema).get("properties", {})
    if not isinstance(said, dict):
        return said
    return {
        key: _without_empty(value, properties.get(key, {}))
        for key, value in said.items()
        if value is not None or _resolved(properties.get(key, {})).get("type") != "object"
    }


def _merged(defaults: Mapping[str, Any], said: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return defaults with what was said in their place: keys that the schema names one by one, others as a whole."""
    properties = _resolved(schema).get("properties", {})
    merged = {**defaults, **said}
    for key in set(defaults) & set(said):
        if _resolved(properties[key]).get("properties"):
            merged[key] = _merged(defaults[key], said[key], properties[key])
    return merged


def _instructors(settings: Mapping[str, Any]) -> tuple[str, ...]:
    said = settings["hub"]["config"]["Authenticator"]["admin_users"]
    return roster.checked([(f"hub.config.Authenticator.admin_users[{at}]", name) for at, name in enumerate(said)])


def _look_at(settings: Mapping[str, Any]) -> None:
    """Look at what no schema can say: values that go together, and secrets that do not belong here."""
    for section, traits in settings["hub"]["config"].items():
        for trait in traits:
            if any(trait.endswith(ending) for ending in _SECRET):
                raise LabError(
                    f"hub.config.{section}.{trait} holds a secret, and this file goes into git and into a ConfigMap.",
                    remedy="put it into a Secret of yours in the class's namespace, and name that: "
                    "hub: {extraEnv: {OAUTH_CLIENT_SECRET: {valueFrom: {secretKeyRef: {name: …, key: …}}}}}",
                )
    cpu, memory = settings["singleuser"]["cpu"], settings["singleuser"]["memory"]
    if cpu["guarantee"] > cpu["limit"]:
        raise _more("singleuser.cpu", cpu)
    if _bytes(memory["guarantee"]) > _bytes(memory["limit"]):
        raise _more("singleuser.memory", memory)
    _look_at_hosts(settings["proxy"]["https"])
    service = settings["proxy"]["service"]
    ports = [key for key, port in service["nodePorts"].items() if port]
    if ports and service["type"] == "ClusterIP":
        port = service["nodePorts"][ports[0]]
        raise LabError(
            f"proxy.service.nodePorts.{ports[0]} is {port}, and a Service of type ClusterIP has no such ports.",
            remedy="type: NodePort, or no nodePorts",
        )


def _look_at_hosts(https: Mapping[str, Any]) -> None:
    """Look at the names of the class: an authority for a short one would be one for all whose names end so."""
    for at, host in enumerate(https["hosts"]):
        if tls.address(host) or machine_addresses.is_full_name(host.lower()):
            continue
        if set(host) & set(".:"):
            raise LabError(
                f"proxy.https.hosts[{at}] is {json.dumps(host)}, which is neither a full name nor an address.",
                remedy="class.school.example, or 10.1.2.3; a port has no place in it",
            )
        if https["type"] == "authority":
            raise LabError(
                f"proxy.https.hosts[{at}] is {json.dumps(host)}, which has no domain: "
                f"an authority for it could sign for all that ends in .{host}.",
                remedy=f"its full name ({host}.school.example), or its address",
            )


def _more(key: str, said: Mapping[str, Any]) -> LabError:
    return LabError(
        f"{key}.guarantee is {said['guarantee']}, more than {key}.limit, which is {said['limit']}.",
        remedy=f"{key}.limit: {said['guarantee']}, or a smaller guarantee",
    )


def _bytes(text: str) -> float:
    return float(text[:-1]) * _UNITS[text[-1]]
