"""What is written onto an object that was made with its configuration saved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from labkit.errors import ManifestError
from labkit.lesson import creation

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_applied_configuration_as_go_writes_it() -> None:
    """Keys in order, no blanks, empty annotations, letters as they are, a newline; <, > and & escaped."""
    made: dict[str, Any] = {"kind": "A", "apiVersion": "v1", "metadata": {"name": "ü", "namespace": "lab"}, "x": "<&>"}
    creation.annotate(made)
    assert made["metadata"]["annotations"][creation.LAST_APPLIED] == (
        '{"apiVersion":"v1","kind":"A","metadata":{"annotations":{},"name":"ü","namespace":"lab"},'
        '"x":"\\u003c\\u0026\\u003e"}\n'
    )


def test_an_older_configuration_does_not_count() -> None:
    """It is replaced; other annotations stay, inside and outside."""
    made: dict[str, Any] = {"metadata": {"name": "a", "annotations": {"b": "c", creation.LAST_APPLIED: "old"}}}
    creation.annotate(made)
    kept = made["metadata"]["annotations"]
    assert kept["b"] == "c"
    assert json.loads(kept[creation.LAST_APPLIED]) == {"metadata": {"annotations": {"b": "c"}, "name": "a"}}


def documents(folder: Path, text: str) -> list[dict[str, Any]]:
    (folder / "m.yaml").write_text(text, encoding="utf-8")
    return list(creation.documents(folder, "m.yaml"))


def test_documents(tmp_path: Path) -> None:
    """Several in a file, empty ones between them, lists; and what looks like a date stays a text, as in JSON."""
    found = documents(tmp_path, "---\nkind: A\nwhen: 2026-01-01\n---\n---\nkind: List\nitems: [{kind: B}, {kind: C}]\n")
    assert found == [{"kind": "A", "when": "2026-01-01"}, {"kind": "B"}, {"kind": "C"}]


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"m.yaml is not valid YAML: line 2"):
        documents(tmp_path, "kind: A\n  spec: 1\n")


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"no file nope.yaml"):
        list(creation.documents(tmp_path, "nope.yaml"))
