"""Making objects out of manifests by the API, so that they come out as ``kubectl create -f`` would have made them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from labkit.api.api_errors import told
from labkit.errors import ManifestError
from labkit.explain.hints import explain
from labkit.lesson.namespace import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.client import Api

#: What ``kubectl apply`` compares with; ``kubectl create --save-config`` writes it too.
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
#: kubectl's own name in the objects' managed fields, and its own strictness.
_QUERY = {"fieldManager": "kubectl-create", "fieldValidation": "Strict"}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """YAML as kubectl reads it: JSON has no dates, so what looks like one is a text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def create(api: Api, namespace: str, folder: Path, path: str, *, save_config: bool = False) -> None:
    """Make the objects of a manifest.

    Parameters
    ----------
    api
        The cluster.
    namespace
        Where they are made.
    folder
        The folder in which kubectl would run.
    path
        The manifest, as a learner would name it.
    save_config
        Whether each object keeps what it was made from, as ``kubectl create --save-config`` has it: ``kubectl apply``
        then knows what it was, and warns of nothing.

    Raises
    ------
    ManifestError
        If it is no manifest, or the API server refuses it.
    """
    for document in documents(folder, path):
        document.setdefault("metadata", {})["namespace"] = namespace
        if save_config:
            annotate(document)
        with told("create", "-f", path):
            api.send("POST", _home(api, namespace, path, document), document, _QUERY)


def create_configmap(api: Api, namespace: str, name: str, file: Path) -> None:
    """Make a ConfigMap out of a file, as ``kubectl create configmap NAME --from-file=FILE`` does.

    Raises
    ------
    ManifestError
        If the API server refuses it.
    """
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": {file.name: file.read_text(encoding="utf-8")},
    }
    with told("create", "configmap", name):
        api.send("POST", f"/api/v1/namespaces/{namespace}/configmaps", body, _QUERY)


def documents(folder: Path, path: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a manifest, those of a list one by one.

    Raises
    ------
    ManifestError
        If it is no YAML, or there is no such file.
    """
    try:
        text = (folder / path).read_text(encoding="utf-8")
        found = list(yaml.load_all(text, Loader=_Loader))
    except FileNotFoundError:
        raise _failed(path, f'error: the path "{path}" does not exist') from None
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise _failed(path, f"error: error parsing {path}: yaml: line {line}: {wrong.problem}") from wrong
    for document in filter(None, found):
        yield from document["items"] if document.get("kind") == "List" else [document]


def annotate(document: dict[str, Any]) -> None:
    """Write onto an object what it was made from, byte by byte as kubectl does (pure).

    kubectl writes the object with an empty set of annotations as Go's JSON, in a fixed order of keys, with a newline
    at the end. Source: ``CreateOrUpdateAnnotation`` of ``k8s.io/kubectl/pkg/util/apply.go``.
    """
    annotations = document["metadata"].setdefault("annotations", {})
    annotations.pop(LAST_APPLIED, None)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    for character in "<>&\u2028\u2029":  # as Go's encoder has them, so that JSON may stand in a page
        text = text.replace(character, f"\\u{ord(character):04x}")
    annotations[LAST_APPLIED] = text


def _home(api: Api, namespace: str, path: str, document: dict[str, Any]) -> str:
    """Return where objects of a document's kind are made, as the API says it."""
    group_version, kind = str(document.get("apiVersion")), str(document.get("kind"))
    root = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
    found = read(api, root) or {"resources": []}
    for resource in found["resources"]:
        if resource["kind"] == kind and "/" not in resource["name"]:
            within = f"/namespaces/{namespace}" if resource["namespaced"] else ""
            return f"{root}{within}/{resource['name']}"
    raise _failed(path, f'error: no matches for kind "{kind}" in version "{group_version}"')


def _failed(path: str, said: str) -> ManifestError:
    hint = explain(("create", "-f", path), said)
    return ManifestError(hint.problem, remedy=hint.remedy, detail=said)
