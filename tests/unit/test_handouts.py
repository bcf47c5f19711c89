"""The page of the handouts, made from a small notebook and looked into by its tags; and all files of one build."""

from __future__ import annotations

import copy
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from labkit.board.still import Still
from labkit.errors import LabError
from labkit.handouts import build, page, paper, pictures, source
from labkit.handouts.content import Content
from labkit.notebook import tables
from labkit.notebook.shown import Shown
from tests.unit import recording, sheets

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
def built(notebooks: list[Path]) -> str:
    return page.html([source.read(path) for path in notebooks])


class Page(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def tags(built: str) -> Page:
    tags = Page()
    tags.feed(built)
    return tags


def test_the_page_fetches_nothing(tags: Page, built: str) -> None:
    names = {tag for tag, _ in tags.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "source", "base"}
    for tag, attributes in tags.tags:
        assert not {"src", "srcset", "data", "background"} & set(attributes), tag
        assert not any(name.startswith("on") for name in attributes), tag
        if tag != "a":
            assert "href" not in attributes, tag
    assert "@import" not in built
    assert "url(" not in built


def test_every_picture_of_the_page_says_what_it_shows(tags: Page) -> None:
    shown = [attributes for tag, attributes in tags.tags if tag == "svg"]
    assert len(shown) == 2
    for attributes in shown:
        assert attributes["role"] == "img"
        assert "Three replicas, one on each Node." in str(attributes["aria-label"])


def test_ids_are_unique_even_with_the_same_picture_twice(tags: Page) -> None:
    ids = [attributes["id"] for _, attributes in tags.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(not str(name)[0].isdigit() for name in ids if "lk" in str(name)), "CSS would not find them"


def test_links_of_the_page_lead_somewhere(tags: Page) -> None:
    ids = {attributes["id"] for _, attributes in tags.tags if "id" in attributes}
    targets = [str(attributes["href"]) for tag, attributes in tags.tags if tag == "a" and "href" in attributes]
    assert "#02-more" in targets
    for target in targets:
        assert target == "https://kubernetes.io/" or target.removeprefix("#") in ids


def test_what_a_notebook_says_is_text_and_never_markup(built: str) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in built
    assert "It is &lt;gone&gt;." in built
    assert "\x1b" not in built


def test_a_cell_that_was_not_run_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = write(tmp_path / "03-scale.ipynb", new_markdown_cell("# x"), code("1 + 1", count=None))
    with pytest.raises(LabError, match=r"03-scale\.ipynb was not run: cell 2") as error:
        source.read(path)
    assert error.value.remedy == "labkit notebooks 03-scale"


def test_a_notebook_that_is_missing_or_no_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"no notebook .*04-x\.ipynb") as error:
        source.read(tmp_path / "04-x.ipynb")
    assert error.value.remedy == "labkit notebooks 04-x"
    (tmp_path / "05-x.ipynb").write_text("{")
    with pytest.raises(LabError, match=r"05-x\.ipynb cannot be read"):
        source.read(tmp_path / "05-x.ipynb")


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


def test_a_build_writes_every_file(tmp_path: Path) -> None:
    """The same as is set by itself, byte for byte; and the page replays the runs of which there is a recording."""
    written = build(tmp_path / "new")
    assert [path.name for path in written] == ["lesson.html", *(sheet.file for sheet in paper.SHEETS)]
    assert written[0].read_text(encoding="utf-8").count('<section class="lk-board lk-replay"') == 3
    for path in written[1:]:
        assert path.read_bytes() == sheets.pdf(path.name), path.name


def test_the_same_notebooks_give_the_same_page(built: str, notebooks: list[Path]) -> None:
    assert page.html([source.read(path) for path in notebooks]) == built


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="file cannot be written: File exists"):
        build(tmp_path / "file")


def test_a_folder_without_notebooks_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="There is no notebook in"):
        build(tmp_path / "out", notebooks=tmp_path)


def test_a_letter_that_no_font_has_is_named() -> None:
    told = sheets.content()
    (tmp := copy.deepcopy(told.tree))["title"] = "\U0001f9ff"
    with paper.press(Content(tmp, told.pictures)) as press, pytest.raises(LabError, match="could not be displayed"):
        press.pdf(paper.SHEETS[0])
