"""A file in a cell: what matters now stands open, the rest folds, and nothing is left out."""

from __future__ import annotations

import html
import re

import pytest

from labkit.handouts import source
from labkit.notebook.shown import FIRST, HEAD, SHORT, Shown, as_html, matches, pieces
from labkit.paths import REPO

AUTH = (REPO / "manifests/auth.yaml").read_text(encoding="utf-8").rstrip()
FIELDS = ("spec.replicas", "spec.selector", "template.metadata.labels", "image")


def opened(text: str, *fields: str) -> list[str]:
    """Return the lines that stand open."""
    return [line for piece in pieces(text, fields) if piece.open for line in piece.lines]


def test_fields_stand_open_with_what_belongs_to_them() -> None:
    """By the end of their path: the Pods' labels, not the Deployment's own."""
    found = opened(AUTH, *FIELDS)
    assert found[:HEAD] == AUTH.splitlines()[:HEAD]
    assert [line.split("#")[0].strip() for line in found[HEAD:]] == [
        "replicas: 1",
        "selector:",
        "matchLabels:",
        "app: auth",
        "track: stable",
        "labels:",
        "app: auth",
        "track: stable",
        'image: "localhost/auth:1.0.0"',
    ]


@pytest.mark.parametrize("fields", [(), FIELDS, ("volumes",), ("there.is.none",)])
def test_nothing_is_left_out(fields: tuple[str, ...]) -> None:
    """Not of the plain text, and not of the page."""
    shown = Shown(AUTH, fields)
    data = shown._repr_mimebundle_()
    assert repr(shown) == data["text/plain"] == AUTH
    parts = re.findall(r"<pre>(.*?)</pre>", data["text/html"], re.DOTALL)
    assert html.unescape("\n".join(parts)) == AUTH
    assert data["text/html"].count("<details>") >= 1


def test_the_beginning_stands_open_where_nothing_is_named_or_found() -> None:
    """A learner may have taken the line out."""
    assert opened(AUTH) == opened(AUTH, "there.is.none") == AUTH.splitlines()[:FIRST]
    assert not matches(AUTH, "there.is.none")


def test_a_short_file_is_shown_whole() -> None:
    """A fold would take more room than it saves."""
    short = "\n".join(f"line: {n}" for n in range(SHORT))
    assert opened(short) == short.splitlines()
    assert "<details>" not in as_html(pieces(short))


def test_few_lines_are_not_folded() -> None:
    """One or two between others, or at the end."""
    text = "\n".join(["a: 1", "b: 2", "c: 3", "d: 4", "e: 5", "f: 6", *[f"x{n}: 0" for n in range(20)], "y: 1", "z: 2"])
    assert [len(piece.lines) for piece in pieces(text, ("f", "y")) if not piece.open] == [20]


def test_blocks_with_braces() -> None:
    """The brace that closes one belongs to it."""
    conf = (REPO / "nginx/frontend.conf").read_text(encoding="utf-8")
    found = "\n".join(opened(conf, "listen", "location"))
    assert found.count("{") == found.count("}") - 1 == 2
    assert "proxy_pass http://hello;" in found


def test_markup_in_a_file_is_text() -> None:
    """Somebody may edit it."""
    assert "<script>" not in as_html(pieces("a: <script>"))


def test_a_handout_has_the_whole_file() -> None:
    """In its language."""
    assert source._SHOWS_FILE.fullmatch('# a word\nlab.show("manifests/auth.yaml", "image")')
    assert source._SHOWS_FILE.fullmatch("lab.show('manifests/auth.yaml')")
    assert not source._SHOWS_FILE.fullmatch("lab.shown('manifests/auth.yaml')")
