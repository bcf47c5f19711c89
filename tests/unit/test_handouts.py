"""The handouts, built from a small notebook and looked into: HTML by its tags, PDF by where its letters stand."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pypdf import PdfReader

from labkit.board.filmstrip import filmstrip
from labkit.board.still import Still
from labkit.errors import LabError
from labkit.handouts import build, paper, pictures, source
from labkit.notebook import tables
from labkit.notebook.shown import Shown
from labkit.recording.source import Source
from tests.unit import recording

if TYPE_CHECKING:
    from pathlib import Path

INTRO = """# Scale: from *one* to three

**About 5 minutes.** See [the next](02-more.ipynb), [Kubernetes](https://kubernetes.io/) and [a file](../x.md).

## First section

| line | what |
|---|---|
| `Replicas:` | the wish → the world |

> Deployments drive the current state towards the desired state.

![remote](https://example.org/x.png) <script>alert(1)</script>
"""


def code(text: str, *outputs: Any, count: int | None = 1) -> Any:
    return new_code_cell(text, execution_count=count, outputs=list(outputs))


def stream(text: str, name: str = "stdout") -> Any:
    return new_output("stream", name=name, text=text)


def write(path: Path, *cells: Any) -> Path:
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("notebooks")
    moment = recording.moments()[-1]
    still = Still(moment, caption="Three replicas, one on each Node.")
    frame = tables.pods(moment)
    one = write(
        folder / "01-scale.ipynb",
        new_markdown_cell(INTRO),
        code("%kubectl get pods", stream("hello   1/1\nlong " + "word " * 60 + "\n" + "t" * 300 + "\n")),
        code("lab.picture()", new_output("display_data", data=still._repr_mimebundle_())),
        code("lab.picture()", new_output("display_data", data=still._repr_mimebundle_())),
        code(
            "lab.pods()",
            new_output("execute_result", data={"text/html": frame.to_html(), "text/plain": repr(frame)}),
        ),
        code(
            "lab.show('manifests/hello.yaml', 'spec.replicas')",
            new_output("display_data", data=Shown("kind: Deployment  # a comment\n" * 90)._repr_mimebundle_()),
        ),
        code(
            "bad()", new_output("error", ename="E", evalue="v", traceback=["\x1b[31mIt is <gone>.\x1b[0m", "Next: x"])
        ),
    )
    return [one, write(folder / "02-more.ipynb", new_markdown_cell("# More\n\nLast words."), code("x = 1"))]


@pytest.fixture(scope="module")
def built(notebooks: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    html, pdf = build(tmp_path_factory.mktemp("out") / "new", notebooks)
    return html.read_text(encoding="utf-8"), pdf.read_bytes()


class Page(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def page(built: tuple[str, bytes]) -> Page:
    page = Page()
    page.feed(built[0])
    return page


@pytest.fixture(scope="module")
def pdf(built: tuple[str, bytes]) -> PdfReader:
    return PdfReader(io.BytesIO(built[1]))


def test_the_page_fetches_nothing(page: Page, built: tuple[str, bytes]) -> None:
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "source", "base"}
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "data", "background"} & set(attributes), tag
        assert not any(name.startswith("on") for name in attributes), tag
        if tag != "a":
            assert "href" not in attributes, tag
    assert "@import" not in built[0]
    assert "url(" not in built[0]


def test_every_picture_of_the_page_says_what_it_shows(page: Page) -> None:
    shown = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(shown) == 2
    for attributes in shown:
        assert attributes["role"] == "img"
        assert "Three replicas, one on each Node." in str(attributes["aria-label"])


def test_ids_are_unique_even_with_the_same_picture_twice(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(not str(name)[0].isdigit() for name in ids if "lk" in str(name)), "CSS would not find them"


def test_links_of_the_page_lead_somewhere(page: Page) -> None:
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    targets = [str(attributes["href"]) for tag, attributes in page.tags if tag == "a" and "href" in attributes]
    assert "#02-more" in targets
    for target in targets:
        assert target == "https://kubernetes.io/" or target.removeprefix("#") in ids


def test_what_a_notebook_says_is_text_and_never_markup(built: tuple[str, bytes]) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in built[0]
    assert "It is &lt;gone&gt;." in built[0]
    assert "\x1b" not in built[0]


def test_the_pdf_has_pages_bookmarks_and_says_what_it_is(pdf: PdfReader) -> None:
    assert len(pdf.pages) >= 6
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Kubernetes Deployments, live"
    assert str(pdf.root_object["/Lang"]).startswith("en")
    assert "/StructTreeRoot" in pdf.root_object, "tagged, for those who listen to it"
    marks = [mark.title for mark in pdf.outline if not isinstance(mark, list)]
    assert [mark.split()[0] for mark in marks if mark] == ["Contents", "01", "02"]


def test_the_text_of_the_pdf_can_be_read(pdf: PdfReader) -> None:
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    for words in (
        "desired state.",
        "kind: Deployment",
        "It is <gone>.",
        "Three replicas, one on each Node.",
        "revision",
    ):
        assert words in text, words
    assert f"{len(pdf.pages)} / {len(pdf.pages)}" in text


def test_nothing_of_the_pdf_stands_outside_its_page(pdf: PdfReader) -> None:
    for number, sheet in enumerate(pdf.pages, start=1):
        width, height = float(sheet.mediabox.width), float(sheet.mediabox.height)
        assert (round(width), round(height)) == (595, 842)

        def look(text: str, cm: list[float], tm: list[float], font: Any, size: float, *, page: int = number) -> None:
            line = text.strip("\n").partition("\n")[0]
            if not line.strip():
                return
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            # exact for the monospaced font; letters of the other are a third of its size wide at the very least
            advance = 0.602 if "Mono" in str((font or {}).get("/BaseFont")) else 0.33
            end = x + len(line) * size * abs(tm[0]) * abs(cm[0]) * advance
            assert 40 <= x <= 555, (page, text)
            assert end <= 560, (page, end, text)
            assert 20 <= y <= 822, (page, text)

        sheet.extract_text(visitor_text=look)


def test_all_fonts_are_inside_the_pdf(pdf: PdfReader) -> None:
    names = set()
    for sheet in pdf.pages:
        resources: Any = sheet["/Resources"]
        for font in resources.get("/Font", {}).values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            names.add(str(below["/BaseFont"]).partition("+")[2].partition("-")[0])
            assert {"/FontFile2", "/FontFile3"} & set(below["/FontDescriptor"].get_object())
    assert names == {"SourceSansPro", "DejaVuSansMono"}


def test_every_picture_of_the_pdf_has_its_words(pdf: PdfReader) -> None:
    size: Any = pdf.trailer["/Size"]
    objects: list[Any] = [pdf.get_object(number) for number in range(1, size)]
    figures = [item for item in objects if isinstance(item, dict) and item.get("/S") == "/Figure"]
    alternatives = [str(figure["/Alt"]) for figure in figures]
    assert len(alternatives) >= 2
    assert all("Three replicas, one on each Node." in words for words in alternatives)


def test_the_same_notebooks_give_the_same_bytes(
    built: tuple[str, bytes], notebooks: list[Path], tmp_path: Path
) -> None:
    html, pdf = build(tmp_path, notebooks)
    assert html.read_text(encoding="utf-8") == built[0]
    assert pdf.read_bytes() == built[1]


def test_a_cell_that_was_not_run_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = write(tmp_path / "03-scale.ipynb", new_markdown_cell("# x"), code("1 + 1", count=None))
    with pytest.raises(LabError, match=r"03-scale\.ipynb was not run: cell 2") as error:
        build(tmp_path, [path])
    assert error.value.remedy == "labkit notebooks 03-scale"


def test_a_notebook_that_is_missing_or_no_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"no notebook .*04-x\.ipynb") as error:
        build(tmp_path, [tmp_path / "04-x.ipynb"])
    assert error.value.remedy == "labkit notebooks 04-x"
    (tmp_path / "05-x.ipynb").write_text("{")
    with pytest.raises(LabError, match=r"05-x\.ipynb cannot be read"):
        build(tmp_path, [tmp_path / "05-x.ipynb"])


def test_a_folder_that_cannot_be_written_to_is_named(notebooks: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="cannot be written"):
        build(tmp_path / "file", notebooks)


def test_a_letter_that_no_font_has_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "x.ipynb", new_markdown_cell("# x\n\n\U0001f9ff"))
    with pytest.raises(LabError, match="could not be displayed"):
        build(tmp_path, [path])


def test_a_notebook_is_read_into_its_parts(notebooks: list[Path]) -> None:
    chapter = source.read(notebooks[0])
    assert (chapter.number, chapter.title) == ("01", "Scale: from one to three")
    kinds = [type(part).__name__ for part in chapter.parts]
    assert kinds[::2] == ["Prose", "Output", "Picture", "Picture", "Table", "Output", "Output"]
    assert kinds[1::2] == ["Code"] * 6
    languages = [part.language for part in chapter.parts if isinstance(part, source.Code)]
    assert languages == ["bash", *["python"] * 5]
    shown, error = (part for part in chapter.parts[-3:] if isinstance(part, source.Output))
    assert shown.language == "yaml"
    assert (error.kind, error.text) == ("error", "It is <gone>.\nNext: x")


def test_what_was_written_over_in_a_terminal_is_not_printed() -> None:
    (output,) = source._text("  1%\r 50%\rdone\nnext\r\n")
    assert output.text == "done\nnext"


def test_paper_is_light_and_knows_its_fonts() -> None:
    svg = pictures.for_paper(
        "<?xml?><svg><style>a{fill:red}@media (prefers-color-scheme: dark) { a { fill: blue } b { c: d } } e { f: g }\n"
        "t { font-family: Arial, sans-serif; } m { font-family: 'DejaVu Sans Mono', monospace }</style>"
        '<text font-family="Foo">x</text></svg>'
    )
    assert svg.startswith("<svg>")
    assert "blue" not in svg
    assert "@media" not in svg
    assert "e { f: g }" in svg
    assert "t { font-family: 'Source Sans Pro'; } m { font-family: 'DejaVu Sans Mono'}" in svg
    assert '<text font-family="Source Sans Pro">' in svg


def test_chapters_stand_in_the_order_of_their_names(pdf: PdfReader) -> None:
    pages = [pdf.get_destination_page_number(mark) or 0 for mark in pdf.outline if not isinstance(mark, list)]
    assert all(one < other for one, other in pairwise(pages))


def test_a_filmstrip_is_cut_between_its_rows() -> None:
    """Each piece is the same picture, seen from one row to another, and together they are all of it."""
    svg = '<svg xmlns="x" viewBox="0 0 900 2300" width="900" height="2300" data-rows="600 1200 1800"><g/></svg>'
    pieces = pictures.rows(svg)
    assert [pictures.size(piece) for piece in pieces] == [(900, 600), (900, 600), (900, 600), (900, 500)]
    assert [re.findall(r'viewBox="([^"]*)"| height="([^"]*)"', piece) for piece in pieces[::3]] == [
        [("0 0 900 600", ""), ("", "600")],
        [("0 1800 900 500", ""), ("", "500")],
    ]
    whole = svg.replace(' data-rows="600 1200 1800"', "")
    assert pictures.rows(whole) == [whole], "what does not say where it may be cut stays whole"


def test_a_filmstrip_of_the_real_thing_stands_on_several_pages(tmp_path: Path) -> None:
    run = Source(recording.recorded()[1])
    svg = filmstrip(run, "rollout", "hello", since=run.span[0]).svg()
    written = list(paper._pictures(svg, "Rollout", "Seven pictures.", tmp_path / "05-1.svg"))
    assert len(written) == len(list(tmp_path.iterdir())) > 1
    assert [line.count("Seven pictures.") for line in written] == [1] + [0] * (len(written) - 1)
    heights = [pictures.size(each.read_text(encoding="utf-8"))[1] for each in tmp_path.iterdir()]
    assert sum(heights) == pytest.approx(pictures.size(svg)[1])
    assert len({line.rpartition(", ")[2] for line in written}) == 1, "all of its rows are drawn to one scale"
