"""Markdown becomes Typst, and none of its characters means anything to Typst."""

from __future__ import annotations

import io
import json

import pytest
import typst
from pypdf import PdfReader

from labkit.handouts.typst_markdown import inline, inline_code, string


def to_typst(text: str) -> str:
    return inline(text, {"x.ipynb": "<x>"}.get)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("plain", '#"plain"'),
        ("two\nlines", '#"two"#" "#"lines"'),
        ("hard  \nbreak", '#"hard"#linebreak()#"break"'),
        ("**bold *and* more**", '#strong[#"bold "#emph[#"and"]#" more"]'),
        ("~~gone~~", '#strike[#"gone"]'),
        ("`a` b", '#raw("a")#" b"'),
        ("[to x](x.ipynb)", '#link(<x>)[#"to x"]'),
        ("[nowhere](../README.md)", '#"nowhere"'),
        ("![a picture](x.png)", '#emph[#"a picture"]'),
        ("<b>html</b>", '#"<b>html</b>"'),
        ("", ""),
    ],
)
def test_each_construct(markdown: str, expected: str) -> None:
    assert to_typst(markdown) == expected


HOSTILE = '#panic() $x$ *a_ _b* @lab <lab> [b] {c} \\ "q" ~ // c /* d */ = h - #import "x": * + `#raw()` `"` / t: \\#'


def test_hostile_text_compiles_and_comes_out_as_it_was() -> None:
    """By the way that the templates take: out of JSON, and evaluated as markup."""
    template = f'#eval({string(json.loads(json.dumps(to_typst(HOSTILE))))}, mode: "markup")'
    compiled = typst.compile(template.encode(), format="pdf", ignore_system_fonts=True)
    assert isinstance(compiled, bytes)
    said = " ".join(PdfReader(io.BytesIO(compiled)).pages[0].extract_text().split())
    for words in ("#panic() $x$", "@lab <lab> [b] {c}", "// c /* d */ = h", '#import "x": *', "#raw()"):
        assert words in said


def test_strings_escape_what_typst_reads() -> None:
    assert string('a"b\\c\nd\x07') == '"a\\"b\\\\c\\nd"'


def test_long_words_of_inline_code_may_break_and_short_ones_may_not() -> None:
    assert inline_code("kubectl get pods --namespace=lab") == '#raw("kubectl get pods --namespace=lab")'
    broken = inline_code("get docker.io/library/an-image-with-a-long-name:and-a-long-tag now")
    assert broken.startswith('#raw("get docker.")#box()#raw("io/")#box()#raw("library/")')
    assert broken.endswith('#raw("tag now")')
