"""The PDFs of the lesson, letter by letter: nothing off the page or too small, no heading alone, no page half empty."""

from __future__ import annotations

import io
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pikepdf
import pytest

from labkit.handouts import paper
from tests.unit import sheets
from tests.unit.sheets import FILES, Letter, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

MM = 72 / 25.4
#: What stands in the margins of every page: heads and feet.
SIDE, HEAD, FOOT = 15 * MM, 17 * MM, 14 * MM
#: The fewest and the most pages of each: what an instructor has to print.
PAGES = {
    "learner-a4.pdf": (8, 12),
    "learner-letter.pdf": (8, 13),
    "learner-large.pdf": (24, 36),
    "instructor.pdf": (20, 30),
    "command-card.pdf": (2, 2),
    "exercises.pdf": (8, 8),
    "exercises-solutions.pdf": (8, 14),
}


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def body(page: Page, number: int) -> list[Letter]:
    """Return the letters between head and foot; the first page has no head."""
    head = page.height - (HEAD if number else 0)
    return [each for each in page.letters if each.top <= head + 1 and each.bottom >= FOOT - 1]


def test_how_many_pages(file: str) -> None:
    least, most = PAGES[file]
    assert least <= len(sheets.pages(file)) <= most


@pytest.mark.parametrize(("file", "size"), [("learner-a4.pdf", (595, 842)), ("learner-letter.pdf", (612, 792))])
def test_paper_is_the_one_that_it_is_for(file: str, size: tuple[int, int]) -> None:
    assert {(round(page.width), round(page.height)) for page in sheets.pages(file)} == {size}


def test_no_letter_leaves_the_type_area(file: str) -> None:
    for number, page in enumerate(sheets.pages(file), 1):
        assert len(page.letters) > 100
        for each in page.letters:
            assert each.left >= SIDE - 0.5, (number, each)
            assert each.right <= page.width - SIDE + 0.5, (number, each)
            assert each.bottom >= 12, (number, each)
            assert each.top <= page.height - 12, (number, each)


def test_no_letter_is_too_small_to_be_read_on_paper(file: str) -> None:
    """8 points, in figures too; in large print 15 and more, where 16 are what people ask for."""
    least = 14.9 if file == "learner-large.pdf" else 7.99
    small = Counter(round(each.size, 2) for page in sheets.pages(file) for each in page.letters if each.size < least)
    assert not small


def test_no_line_is_printed_over_another(file: str) -> None:
    """No letter's middle lies inside the body of another one."""
    for number, page in enumerate(sheets.pages(file), 1):
        rows: dict[int, list[Letter]] = {}
        for each in page.letters:
            rows.setdefault(int((each.bottom + each.top) / 2 // 20), []).append(each)
        for row, there in rows.items():
            near = there + rows.get(row + 1, [])
            for each in there:
                x, y = (each.left + each.right) / 2, (each.bottom + each.top) / 2
                over = [
                    other
                    for other in near
                    if other is not each
                    and other.left + 0.3 < x < other.right - 0.3
                    and abs((other.bottom + other.top) / 2 - y) < 0.3 * min(other.size, each.size)
                ]
                assert not over, (number, each, over)


def test_no_page_is_less_than_a_third_full_but_the_last(file: str) -> None:
    for number, page in enumerate(sheets.pages(file)[:-1]):
        lowest = min(each.bottom for each in body(page, number))
        full = (page.height - HEAD - lowest) / (page.height - HEAD - FOOT)
        assert full > 1 / 3, number + 1


def headings(letters: Sequence[Letter], size: float) -> list[float]:
    """Return how far up the lines of headings are: bold, larger than the text, and no names or counts in a picture."""
    lines: dict[float, str] = {}
    for each in letters:
        if "bold" in each.font.lower() and each.size > size * 1.04:
            lines[round(each.bottom, 1)] = lines.get(round(each.bottom, 1), "") + each.text
    return sorted(
        at for at, line in lines.items() if not line.startswith(("worker", "Servicehello")) and not line.isdigit()
    )


def test_no_heading_stands_alone_at_a_pages_end(file: str) -> None:
    """Below the lowest heading of a page stands something, and enough of it to see what it is a heading of."""
    seen = 0
    for number, page in enumerate(sheets.pages(file)):
        letters = body(page, number)
        size = Counter(round(each.size, 1) for each in letters if "Sans" in each.font).most_common(1)[0][0]
        found = headings(letters, max(size, 9.6))
        seen += len(found)
        if found:
            below = [each for each in letters if each.top < found[0] and each.size <= max(size, 9.6) * 1.04]
            assert len(below) > 25, (number + 1, "".join(each.text for each in below))
    assert seen >= 4


def test_what_is_copied_has_no_hidden_signs(file: str) -> None:
    """A command that is copied out of a PDF has to work: places to break are no letters."""
    assert not {sign for sign in sheets.text(file) if not sign.isprintable()}


def test_all_fonts_are_inside(file: str) -> None:
    names = set()
    with pikepdf.open(io.BytesIO(sheets.pdf(file))) as read:
        for item in read.objects:
            if isinstance(item, pikepdf.Dictionary) and "/FontName" in item:
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(item.keys())
                names.add(str(item["/FontName"]).partition("+")[2].partition("-")[0])
    assert names == {"SourceSansPro", "DejaVuSansMono"}


def test_qpdf_finds_nothing(file: str) -> None:
    with pikepdf.open(io.BytesIO(sheets.pdf(file))) as read:
        assert read.check_pdf_syntax() == []


def test_a_broken_one_is_found() -> None:
    """The check above can fail."""
    whole = sheets.pdf("command-card.pdf")
    at = whole.index(b"stream\n", 2000) + 40
    broken = whole[:at] + b"\xff\x00\xff" + whole[at + 3 :]
    with pikepdf.open(io.BytesIO(broken)) as read:
        assert read.check_pdf_syntax()


def test_it_is_tagged_and_says_what_it_is(file: str) -> None:
    read = sheets.reader(file)
    assert read.metadata is not None
    assert str(read.metadata.title).startswith("Kubernetes Deployments, live: ")
    assert str(read.root_object["/Lang"]).startswith("en")
    assert "/StructTreeRoot" in read.root_object
    assert read.outline, "bookmarks"
    pages = [read.get_destination_page_number(mark) or 0 for mark in read.outline if not isinstance(mark, list)]
    assert all(one <= other for one, other in pairwise(pages))
    assert f"{len(read.pages)}/{len(read.pages)}" in sheets.text(file), "page numbers"


def test_every_picture_has_its_words() -> None:
    with pikepdf.open(io.BytesIO(sheets.pdf("learner-a4.pdf"))) as read:
        figures = [x for x in read.objects if isinstance(x, pikepdf.Dictionary) and x.get("/S") == "/Figure"]
        words = [str(each["/Alt"]) for each in figures]
    assert len(words) >= 25
    assert all(len(each) > 20 for each in words)
    assert any("worker3" in each and "terminating" in each and "receives requests" in each for each in words)


def test_the_same_input_gives_the_same_bytes(file: str) -> None:
    sheet = next(each for each in paper.SHEETS if each.file == file)
    with paper.press(sheets.content()) as press:
        assert press.pdf(sheet) == sheets.pdf(file)


def test_contents_name_the_pages_on_which_chapters_begin() -> None:
    read = sheets.reader("learner-a4.pdf")
    marks = {str(mark.title): mark for mark in read.outline if not isinstance(mark, list)}
    first = " ".join(read.pages[0].extract_text().split())
    for session in sheets.content().tree["sessions"]:
        (mark,) = (each for title, each in marks.items() if title.startswith(session["number"]))
        page = (read.get_destination_page_number(mark) or 0) + 1
        assert f"{session['title']} {session['minutes']['all']} minutes {page}" in first


def test_signs_tell_what_colours_tell() -> None:
    """Without colours a filmstrip still tells two versions apart: by shapes, in the requests' rows too."""
    strips = next(s for s in sheets.content().tree["sessions"] if s["number"] == "05")["strips"]
    assert [strip["order"] for strip in strips] == ["old-first", "new-first"]
    for strip in strips:
        drawn = sheets.content().pictures[strip["requests"]["file"]]
        marks = {mark.split('"')[0] for mark in drawn.split('<path d="')[1:] if "swatch" in mark.split("/>")[0]}
        assert len(marks) == 2
