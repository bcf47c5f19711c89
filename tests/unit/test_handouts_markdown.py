"""Markdown becomes Typst, and none of its characters means anything to Typst."""

from __future__ import annotations

import pytest
import typst

from labkit.handouts.typst_markdown import inline_code, render, string
from labkit.handouts.wrapping import widest, wrap

#: What render() uses and paper.typ defines, in its shortest form.
FUNCTIONS = (
    "#let quotation(b) = block(b)\n#let rule() = line()\n#let grid-table(n, a, m, h, r) = table(columns: n, ..h, ..r)\n"
)


def to_typst(text: str) -> str:
    targets = {"x.ipynb": "<x>", "https://kubernetes.io": '"https://kubernetes.io"'}

    def links(target: str) -> str | None:
        return targets.get(target)

    return render(text, links=links, code=lambda code, language: f"#raw({string(code)}, lang: {string(language)})")


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("plain", '#par[#"plain"]'),
        ("two\nlines", '#par[#"two"#" "#"lines"]'),
        ("hard  \nbreak", '#par[#"hard"#linebreak()#"break"]'),
        ("**bold *and* more**", '#par[#strong[#"bold "#emph[#"and"]#" more"]]'),
        ("~~gone~~", '#par[#strike[#"gone"]]'),
        ("`a` b", '#par[#raw("a")#" b"]'),
        ("## Title `x`", '#heading(level: 2)[#"Title "#raw("x")]'),
        ("[to x](x.ipynb)", '#par[#link(<x>)[#"to x"]]'),
        ("[out](https://kubernetes.io)", '#par[#link("https://kubernetes.io")[#"out"]]'),
        ("[nowhere](../README.md)", '#par[#"nowhere"]'),
        ("![a picture](x.png)", '#par[#emph[#"a picture"]]'),
        ("> quoted", '#quotation[#par[#"quoted"]]'),
        ("---", "#rule()"),
        ("- a\n- b", '#list(tight: true, [#"a"], [#"b"])'),
        ("- a\n\n- b", '#list(tight: false, [#par[#"a"]], [#par[#"b"]])'),
        ("- a\n  1. b", '#list(tight: true, [#"a"\n#enum(start: 1, tight: true, [#"b"])])'),
        ("3. a\n4. b", '#enum(start: 3, tight: true, [#"a"], [#"b"])'),
        ("```yaml\nkind: Pod\n```", '#raw("kind: Pod", lang: "yaml")'),
        ("    indented", '#raw("indented", lang: "text")'),
        ("<b>html</b>", '#par[#"<b>html</b>"]'),
    ],
)
def test_each_construct(markdown: str, expected: str) -> None:
    assert to_typst(markdown) == expected


def test_a_table_keeps_its_columns_and_their_sides() -> None:
    written = to_typst("| a | b | c |\n|---|:-:|--:|\n| `x` | **y** | z |")
    assert written.startswith('#grid-table(3, (left, center, right,), false, ([#"a"], [#"b"], [#"c"],), (')
    assert '[#raw("x")], [#strong[#"y"]], [#"z"],' in written


HOSTILE = (
    '#panic() $x$ *a_ _b* @lab <lab> [b] {c} \\ "q" ~ // c /* d */ = h\n- #import "x": *\n+ `#raw()` `"`\n/ t: \\#'
)


def test_hostile_text_compiles_and_comes_out_as_it_was() -> None:
    cut = typst.compile((FUNCTIONS + to_typst(HOSTILE)).encode(), format="svg")
    assert cut
    assert "#panic()" in to_typst(HOSTILE)


@pytest.mark.parametrize(
    "markdown", ["", "#", "- ", "|a|\n|-|", "> ", "```\n```", "[]()", "1) x\n\n   - y\n\n     > z"]
)
def test_odd_markdown_compiles(markdown: str) -> None:
    assert typst.compile((FUNCTIONS + to_typst(markdown)).encode(), format="svg")


def test_strings_escape_what_typst_reads() -> None:
    assert string('a"b\\c\nd\x07') == '"a\\"b\\\\c\\nd"'


def test_long_words_of_inline_code_may_break_and_short_ones_may_not() -> None:
    assert "\u200b" not in inline_code("kubectl get pods --namespace=lab")
    assert "\u200b" in inline_code("docker.io/library/an-image-with-a-long-name:and-a-long-tag")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("short", ["short"]),
        ("one two three four", ["one two", "    three", "    four"]),
        ("  in one two three", ["  in one", "     two", "     three"]),
        ("x" * 25, ["x" * 10, "    xxxxxx", "    xxxxxx", "    xxx"]),
        ("", [""]),
    ],
)
def test_lines_break_at_blanks_and_hang(line: str, expected: list[str]) -> None:
    assert wrap(line, 10).split("\n") == expected


def test_no_line_is_ever_longer_than_asked() -> None:
    text = "\n".join([" " * 40 + "deep " * 9, "y" * 99, "a " * 60, " " * 80])
    for columns in (8, 20, 77):
        assert widest(wrap(text, columns)) <= columns
